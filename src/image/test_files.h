// Pictures and picture files made in code, for the tests of this room. Not thread-safe.
#pragma once

#include <sys/types.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "image/bytes.h"
#include "image/exif_tree.h"
#include "image/image.h"
#include "image/load.h"
#include "image/png_parts.h"
#include "image/save.h"
#include "image/zlib_bytes.h"

namespace pawfect {

// Names of test parameters; GoogleTest would print bare bytes.
inline void PrintTo(Container container, std::ostream* out) { *out << container_name(container); }
inline void PrintTo(ByteOrder order, std::ostream* out) {
  *out << (order == ByteOrder::kBig ? "big-endian" : "little-endian");
}

}  // namespace pawfect

namespace pawfect::testing {

using namespace std::string_view_literals;

// Random samples: nothing that a lossy step could leave unchanged by luck.
inline Image noise(int width, int height, int channels, SampleDepth depth, unsigned seed = 1) {
  Image image(width, height, channels, depth);
  std::mt19937 random(seed);
  for (auto& byte : image.bytes) byte = std::uint8_t(random());
  return image;
}

// Smooth, photo-like content for the lossy containers.
inline Image smooth(int width, int height, int channels) {
  Image image(width, height, channels, SampleDepth::k8);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const int value =
            (x * (c + 1) * 255 / width + y * (3 - c % 3) * 200 / height) / 3 + ((x ^ y) & 7);
        image.bytes[(std::size_t(y) * width + x) * channels + c] =
            std::uint8_t(std::min(value, 255));
      }
    }
  }
  return image;
}

// Red, green / blue, white quarters, read from top left: tells all eight orientations apart.
inline Image quarters(int width, int height, int channels = 3) {
  constexpr std::uint8_t kColours[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
  Image image(width, height, channels, SampleDepth::k8);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int quarter = (y * 2 / height) * 2 + x * 2 / width;
      for (int c = 0; c < channels; ++c) {
        image.bytes[(std::size_t(y) * width + x) * channels + c] = channels < 3
                                                                       ? std::uint8_t(quarter * 80)
                                                                   : c < 3 ? kColours[quarter][c]
                                                                           : 255;
      }
    }
  }
  return image;
}

inline void add_png_chunk(ByteVector& out, std::string_view type, ByteSpan payload) {
  const std::size_t at = out.size();
  append_number(out, std::uint32_t(payload.size()), 4, ByteOrder::kBig);
  append(out, type);
  append(out, payload);
  append_number(out, std::uint32_t(crc32_z(0, out.data() + at + 4, payload.size() + 4)), 4,
                ByteOrder::kBig);
}

inline ByteVector png_header(std::uint32_t width, std::uint32_t height, int bits, int colour_type) {
  ByteVector payload;
  append_number(payload, width, 4, ByteOrder::kBig);
  append_number(payload, height, 4, ByteOrder::kBig);
  for (int value : {bits, colour_type, 0, 0, 0}) payload.push_back(std::uint8_t(value));
  return payload;
}

struct PngChunkToWrite {
  std::string_view type;
  ByteVector payload;
};

// `rows` are packed samples without the filter byte, one row after the other.
inline ByteVector png_file(int width, int height, int bits, int colour_type, ByteSpan rows,
                           const std::vector<PngChunkToWrite>& before_pixels = {}) {
  const std::size_t stride = rows.size() / std::size_t(height);
  ByteVector raw;
  for (int y = 0; y < height; ++y) {
    raw.push_back(0);
    append(raw, part(rows, stride * std::size_t(y), stride));
  }
  ByteVector out;
  append(out, kPngSignature);
  add_png_chunk(out, "IHDR",
                png_header(std::uint32_t(width), std::uint32_t(height), bits, colour_type));
  for (const auto& chunk : before_pixels) add_png_chunk(out, chunk.type, chunk.payload);
  add_png_chunk(out, "IDAT", deflated(raw));
  add_png_chunk(out, "IEND", {});
  return out;
}

inline ExifEntry shorts(std::uint16_t tag, const std::vector<std::uint16_t>& values,
                        ByteOrder order = ByteOrder::kLittle) {
  ExifEntry entry{tag, 3, std::uint32_t(values.size()), {}};
  for (auto value : values) append_number(entry.value, value, 2, order);
  return entry;
}

inline ExifEntry longs(std::uint16_t tag, const std::vector<std::uint32_t>& values,
                       ByteOrder order = ByteOrder::kLittle) {
  ExifEntry entry{tag, 4, std::uint32_t(values.size()), {}};
  for (auto value : values) append_number(entry.value, value, 4, order);
  return entry;
}

inline ExifEntry text_entry(std::uint16_t tag, std::string text) {
  text.push_back('\0');
  ExifEntry entry{tag, 2, std::uint32_t(text.size()), {}};
  append(entry.value, text);
  return entry;
}

// An uncompressed little-endian TIFF of one strip with these entries (the strip's are added).
inline ByteVector tiff_file(std::vector<ExifEntry> entries, ByteSpan pixels) {
  ByteVector out;
  append(out, "II\x2A\0\0\0\0\0"sv);
  append(out, pixels);
  entries.push_back(longs(273, {8}));
  entries.push_back(longs(279, {std::uint32_t(pixels.size())}));
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.tag < b.tag; });
  ExifTree tree;
  tree.main = std::move(entries);
  const std::uint32_t at = append_exif_tree(out, tree);
  put_number(out, 4, at, 4, ByteOrder::kLittle);
  return out;
}

inline std::vector<ExifEntry> tiff_entries(int width, int height, int bits, int samples,
                                           int photometric) {
  return {shorts(256, {std::uint16_t(width)}),
          shorts(257, {std::uint16_t(height)}),
          shorts(258, std::vector<std::uint16_t>(std::size_t(samples), std::uint16_t(bits))),
          shorts(259, {1}),
          shorts(262, {std::uint16_t(photometric)}),
          shorts(277, {std::uint16_t(samples)})};
}

inline ByteVector exif_with_orientation(int orientation, ByteOrder order = ByteOrder::kLittle) {
  ExifTree tree;
  tree.order = order;
  tree.main = {shorts(274, {std::uint16_t(orientation)}, order)};
  return write_exif_tree(tree);
}

// A file of `container` as our own writer makes it from a lossless source.
inline ByteVector encoded(const Image& image, Container container, const Metadata& metadata = {}) {
  SourceInfo source;
  source.container = container;
  source.metadata = metadata;
  auto saved = encode_image(image, source, container, {});
  if (!saved) {
    std::fprintf(stderr, "%s\n", saved.error().message.c_str());
    return {};
  }
  return saved->bytes;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "pawfect-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void write_bytes(const std::filesystem::path& path, ByteSpan bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
}

inline ByteVector read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline bool has_exiftool() { return std::system("exiftool -ver >/dev/null 2>&1") == 0; }

// What `exiftool ARGUMENTS FILE` prints.
inline std::string exiftool(const std::string& arguments, const std::filesystem::path& file) {
  const std::string command = "exiftool " + arguments + " '" + file.string() + "' 2>&1";
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return out;
  char buffer[4096];
  while (std::size_t got = fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, got);
  pclose(pipe);
  return out;
}

}  // namespace pawfect::testing
