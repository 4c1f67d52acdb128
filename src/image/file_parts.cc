#include "image/file_parts.h"

#include <fmt/format.h>

#include "image/foreign.h"

namespace pawfect {
namespace {

template <typename Parts>
Result<FileParts> wrap(Result<Parts> parts) {
  if (!parts) return std::unexpected(parts.error());
  const std::size_t end = parts->end;
  return FileParts{std::move(*parts), end};
}

Result<FileParts> read_parts(ByteSpan file, std::string_view name, const ImageLimits& limits) {
  if (starts_with(file, kPngSignature)) return wrap(read_png_parts(file, name, limits));
  if (starts_with(file, kJpegSignature)) return wrap(read_jpeg_parts(file, name, limits));
  if (is_webp(file)) return wrap(read_webp_parts(file, name, limits));
  if (is_tiff(file)) return wrap(read_tiff_parts(file, name, limits));
  const ForeignFormat format = name_foreign_format(file);
  return fail(ErrorCode::kBadInput,
              fmt::format("{}: this file is {}, but only JPEG, PNG, WebP and TIFF are read; {}",
                          name, format.name, format.advice));
}

}  // namespace

Result<FileParts> read_file_parts(ByteSpan file, std::string_view name, const ImageLimits& limits) {
  if (std::int64_t(file.size()) > limits.max_bytes) {
    return fail(
        ErrorCode::kBadInput,
        fmt::format("{}: the file has {:.1f} MiB; at most {:.1f} MiB are allowed; scale it down or "
                    "compress it first",
                    name, double(file.size()) / 1048576, double(limits.max_bytes) / 1048576));
  }
  auto parts = read_parts(file, name, limits);
  if (!parts) return parts;
  const ImageHeader& header = parts->header();
  if (header.frames > limits.max_frames) {
    const bool has_pages = header.container == Container::kTiff;
    return fail(
        ErrorCode::kBadInput,
        fmt::format("{}: the {} has {} {}; at most {} allowed; save the one you want alone first",
                    name, container_name(header.container), header.frames,
                    has_pages ? "pages" : "frames",
                    limits.max_frames == 1 ? "1 is" : fmt::format("{} are", limits.max_frames)));
  }
  if (const auto hidden = find_hidden_document(file, parts->end)) {
    return fail(
        ErrorCode::kBadInput,
        fmt::format("{}: the {} also holds {}; such double files are refused; save the picture "
                    "alone with an image editor",
                    name, container_name(header.container), *hidden));
  }
  return parts;
}

}  // namespace pawfect
