#include "image/save.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "image/foreign.h"
#include "image/jpeg_save.h"
#include "image/jpeg_write.h"
#include "image/orient.h"
#include "image/png_encode.h"
#include "image/png_write.h"
#include "image/read_file.h"
#include "image/reduce.h"
#include "image/tiff_write.h"
#include "image/vips_encode.h"
#include "image/webp_write.h"

namespace pawfect {
namespace {

constexpr int kDefaultWebpQuality = 90;

using Notices = std::vector<std::string>;

std::string folded_extension(const std::filesystem::path& path) {
  std::string out = path.extension().string();
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return out;
}

int largest_side(Container container) {
  switch (container) {
    case Container::kJpeg:
      return 65'500;  // libjpeg's JPEG_MAX_DIMENSION
    case Container::kWebp:
      return 16'383;
    default:
      return 1'000'000;
  }
}

Result<void> check_fits(const Image& image, Container container) {
  const int most = largest_side(container);
  if (image.width <= most && image.height <= most) return {};
  return fail(
      ErrorCode::kBadInput,
      fmt::format(
          "a picture of {} x {} pixels does not fit into a {}, whose sides have at most {}; "
          "name the result .png or .tif",
          image.width, image.height, container_name(container), most));
}

// A profile of another colour space than the pixels is passed on only where it came from.
void drop_unfit_profile(Metadata& metadata, const Image& image, const SourceInfo& source,
                        Container container, Notices& notices) {
  if (metadata.icc.size() < 20) return;
  const bool is_grey = image.channels < 3 && container != Container::kWebp;
  const bool fits = starts_with(part(metadata.icc, 16), is_grey ? "GRAY" : "RGB ");
  if (fits || container == source.container) return;
  metadata.icc.clear();
  notices.push_back("colour profile left out: it does not fit the channels of the result");
}

bool is_lossy(Container container, const SourceInfo& source) {
  if (container == Container::kJpeg) return true;
  return container == Container::kWebp && !source.was_lossless;
}

bool holds_16_bits(Container container) {
  return container == Container::kPng || container == Container::kTiff;
}

bool fits_as_it_is(const Image& image, const SourceInfo& source, Container container) {
  if (image.depth == SampleDepth::k16 && !holds_16_bits(container)) return false;
  if (!image.has_alpha() || container == Container::kTiff) return true;
  return container != Container::kJpeg && !source.is_premultiplied;
}

// Channels, depth and kind of alpha that the container can hold.
Image reduced(Image out, const SourceInfo& source, Container container, Notices& notices) {
  if (container == Container::kJpeg && out.has_alpha()) {
    out = over_white(out, source.is_premultiplied);
    notices.push_back("transparency was laid over white: a JPEG has none");
  } else if (container != Container::kTiff && source.is_premultiplied) {
    out = with_straight_alpha(std::move(out));
  }
  if (!holds_16_bits(container) && out.depth == SampleDepth::k16) {
    out = in_8_bits(std::move(out));
    notices.push_back(
        fmt::format("16 bits became 8: a {} has no more; name the result .png or .tif to keep them",
                    container_name(container)));
  }
  return out;
}

Result<ByteVector> with_metadata(const Image& image, const SourceInfo& source, Container container,
                                 const SaveOptions& options, const Metadata& metadata,
                                 Notices& notices) {
  switch (container) {
    case Container::kPng: {
      const int level = std::clamp(options.png_compression, 0, 9);
      auto encoded = image.bytes.size() > kMostFilteredBytes ? encode_png(image, level)
                                                             : encode_png_quickly(image, level);
      if (encoded) encoded = png_with_metadata(*encoded, metadata, notices);
      return encoded;
    }
    case Container::kJpeg: {
      auto encoded = encode_as_jpeg(image, source, options);
      if (encoded) encoded = jpeg_with_metadata(*encoded, metadata, notices);
      return encoded;
    }
    case Container::kWebp: {
      std::optional<int> quality;
      if (!source.was_lossless) quality = source.webp_quality.value_or(kDefaultWebpQuality);
      auto encoded = encode_webp(image, quality);
      if (encoded) encoded = webp_with_metadata(*encoded, metadata, notices);
      return encoded;
    }
    case Container::kTiff:
      break;
  }
  auto encoded = encode_tiff(image, source.tiff_compression);
  if (encoded) encoded = tiff_with_metadata(std::move(*encoded), metadata, source.is_premultiplied);
  return encoded;
}

// The pixels, reduced to what the container holds, and the metadata: the whole file.
Result<ByteVector> encoded_file(const Image& image, const SourceInfo& source, Container container,
                                const SaveOptions& options, const Metadata& metadata,
                                Notices& notices) {
  if (fits_as_it_is(image, source, container)) {
    return with_metadata(image, source, container, options, metadata, notices);
  }
  return with_metadata(reduced(image, source, container, notices), source, container, options,
                       metadata, notices);
}

}  // namespace

Result<Container> container_for(const std::filesystem::path& out, Container input) {
  struct Name {
    std::string_view extension;
    Container container;
  };
  constexpr std::array kNames = {Name{".png", Container::kPng},   Name{".jpg", Container::kJpeg},
                                 Name{".jpeg", Container::kJpeg}, Name{".jpe", Container::kJpeg},
                                 Name{".jfif", Container::kJpeg}, Name{".webp", Container::kWebp},
                                 Name{".tif", Container::kTiff},  Name{".tiff", Container::kTiff}};
  constexpr std::array<std::string_view, 17> kOthers = {
      ".gif", ".bmp", ".heic", ".heif", ".avif", ".svg", ".pdf",  ".psd", ".jxl",
      ".jp2", ".ico", ".exr",  ".ppm",  ".pgm",  ".tga", ".apng", ".dng"};
  const std::string extension = folded_extension(out);
  for (const Name& name : kNames) {
    if (extension == name.extension) return name.container;
  }
  if (std::find(kOthers.begin(), kOthers.end(), extension) == kOthers.end()) return input;
  return fail(
      ErrorCode::kUsage,
      fmt::format(
          "{}: {} files are not written, only .jpg, .png, .webp and .tif; choose one of these",
          for_message(out.string()), extension));
}

Result<SavedImage> encode_image(const Image& image, const SourceInfo& source, Container container,
                                const SaveOptions& options) {
  if (auto fits = check_fits(image, container); !fits) return std::unexpected(fits.error());
  SavedImage saved;
  saved.container = container;
  if (source.was_lossless && is_lossy(container, source)) {
    saved.notices.push_back(
        fmt::format("the lossless {} became a lossy {}; name the result .png to keep every pixel",
                    container_name(source.container), container_name(container)));
  }
  const MetadataEdits edits{image.width, image.height, is_turned(source.orientation),
                            options.strip_location};
  Metadata metadata = edited_metadata(source.metadata, edits, saved.notices);
  drop_unfit_profile(metadata, image, source, container, saved.notices);

  Notices notices = saved.notices;
  auto bytes = encoded_file(image, source, container, options, metadata, notices);
  // Our order of the parts may bring a text to where readers of other formats look: the result
  // would be a double file, which we refuse to read ourselves.
  if (bytes && find_hidden_document(*bytes, bytes->size())) {
    notices = saved.notices;
    metadata = without_documents(std::move(metadata), notices);
    bytes = encoded_file(image, source, container, options, metadata, notices);
  }
  if (!bytes) return std::unexpected(bytes.error());
  if (const auto hidden = find_hidden_document(*bytes, bytes->size())) {
    return fail(ErrorCode::kBadInput,
                fmt::format("the pixels as a {} begin like {}, and such double files are not "
                            "written; name the result {}",
                            container_name(container), *hidden,
                            container == Container::kPng ? ".tif" : ".png"));
  }
  saved.notices = std::move(notices);
  saved.bytes = std::move(*bytes);
  return saved;
}

Result<SavedImage> save_image(const Image& image, const SourceInfo& source,
                              const std::filesystem::path& out, const SaveOptions& options) {
  const auto container = container_for(out, source.container);
  if (!container) return std::unexpected(container.error());
  auto saved = encode_image(image, source, *container, options);
  if (!saved) {
    return fail(saved.error().code,
                fmt::format("{}: {}", for_message(out.string()), saved.error().message));
  }
  if (auto written = write_file_atomically(saved->bytes, out); !written)
    return std::unexpected(written.error());
  saved->bytes.clear();
  return saved;
}

}  // namespace pawfect
