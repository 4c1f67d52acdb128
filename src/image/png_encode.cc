#include "image/png_encode.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <memory>

#include "image/png_parts.h"
#include "image/png_write.h"

namespace pawfect {
namespace {

constexpr int kFilters = 5;  // none, sub, up, average, Paeth (PNG specification, section 9)

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};

// The neighbour, left (a), above (b) or above left (c), that comes nearest to a + b - c. Written
// without branches on purpose.
std::uint8_t paeth(std::int16_t a, std::int16_t b, std::int16_t c) {
  const auto distance = [](int v) { return std::int16_t(v < 0 ? -v : v); };
  const std::int16_t to_a = distance(b - c), to_b = distance(a - c), to_c = distance(a + b - 2 * c);
  const std::int16_t b_or_c = to_b <= to_c ? b : c;
  return std::uint8_t(to_a <= to_b && to_a <= to_c ? a : b_or_c);
}

// The five ways to write one row; kept between rows.
class RowFilter {
 public:
  RowFilter(std::size_t row_bytes, std::size_t pixel_bytes) : pixel_(pixel_bytes) {
    for (auto& row : rows_) row.resize(row_bytes);
  }

  // Writes filter number and row to `out`: of the five the one with the least sum of absolute
  // values (taken as signed), which is the specification's advice (section 12.8).
  void write(const std::uint8_t* row, const std::uint8_t* above, std::uint8_t* out) {
    fill(row, above);
    int best = 0;
    std::uint64_t least = ~std::uint64_t{0};
    for (int i = 0; i < kFilters; ++i) {
      const std::uint64_t sum = absolute_sum(rows_[std::size_t(i)]);
      if (sum < least) {
        least = sum;
        best = i;
      }
    }
    out[0] = std::uint8_t(best);
    std::copy(rows_[std::size_t(best)].begin(), rows_[std::size_t(best)].end(), out + 1);
  }

 private:
  void fill(const std::uint8_t* row, const std::uint8_t* above) {
    const std::size_t size = rows_[0].size(), pixel = pixel_;
    std::uint8_t* none = rows_[0].data();
    std::uint8_t* sub = rows_[1].data();
    std::uint8_t* up = rows_[2].data();
    std::uint8_t* average = rows_[3].data();
    std::uint8_t* nearest = rows_[4].data();
    std::copy(row, row + size, none);
    for (std::size_t i = 0; i < size; ++i) up[i] = std::uint8_t(row[i] - above[i]);
    for (std::size_t i = 0; i < pixel; ++i) {  // left of the first pixel all is zero
      sub[i] = row[i];
      average[i] = std::uint8_t(row[i] - above[i] / 2);
      nearest[i] = up[i];
    }
    for (std::size_t i = pixel; i < size; ++i) sub[i] = std::uint8_t(row[i] - row[i - pixel]);
    for (std::size_t i = pixel; i < size; ++i) {
      average[i] = std::uint8_t(row[i] - (row[i - pixel] + above[i]) / 2);
    }
    for (std::size_t i = pixel; i < size; ++i) {
      nearest[i] = std::uint8_t(row[i] - paeth(row[i - pixel], above[i], above[i - pixel]));
    }
  }

  static std::uint64_t absolute_sum(const ByteVector& row) {
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < row.size();) {  // short runs keep the sums in 32 bits
      std::uint32_t part = 0;
      for (const std::size_t end = std::min(row.size(), at + 65'536); at < end; ++at) {
        const std::uint32_t value = row[at];
        part += std::min(value, 256 - value);
      }
      sum += part;
    }
    return sum;
  }

  std::size_t pixel_;
  std::array<ByteVector, kFilters> rows_;
};

// Samples of 16 bits stand in a PNG with their high byte first.
void copy_row(const Image& image, int y, ByteVector& row) {
  const std::uint8_t* from = image.bytes.data() + row.size() * std::size_t(y);
  if (image.depth == SampleDepth::k8 || std::endian::native == std::endian::big) {
    std::copy(from, from + row.size(), row.begin());
    return;
  }
  for (std::size_t i = 0; i + 1 < row.size(); i += 2) {
    row[i] = from[i + 1];
    row[i + 1] = from[i];
  }
}

ByteVector filtered(const Image& image) {
  const std::size_t pixel_bytes = std::size_t(image.bytes_per_pixel());
  const std::size_t row_bytes = std::size_t(image.width) * pixel_bytes;
  ByteVector out((row_bytes + 1) * std::size_t(image.height));
  ByteVector row(row_bytes), above(row_bytes);
  RowFilter filter(row_bytes, pixel_bytes);
  for (int y = 0; y < image.height; ++y) {
    copy_row(image, y, row);
    filter.write(row.data(), above.data(), out.data() + (row_bytes + 1) * std::size_t(y));
    std::swap(row, above);
  }
  return out;
}

ByteVector header(const Image& image) {
  constexpr std::array<std::uint8_t, 5> kColourType = {0, 0, 4, 2, 6};  // by channels
  ByteVector out;
  append_number(out, std::uint32_t(image.width), 4, ByteOrder::kBig);
  append_number(out, std::uint32_t(image.height), 4, ByteOrder::kBig);
  out.push_back(std::uint8_t(image.depth));
  out.push_back(kColourType[std::size_t(image.channels)]);
  out.insert(out.end(), {0, 0, 0});  // deflate, the five filters, not interlaced
  return out;
}

}  // namespace

Result<ByteVector> encode_png_quickly(const Image& image, int level) {
  const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
      libdeflate_alloc_compressor(std::clamp(level, 0, 9)));
  if (!compressor) return fail(ErrorCode::kBug, "the PNG cannot be written: no memory");
  ByteVector packed;
  {
    const ByteVector rows = filtered(image);
    packed.resize(libdeflate_zlib_compress_bound(compressor.get(), rows.size()));
    packed.resize(libdeflate_zlib_compress(compressor.get(), rows.data(), rows.size(),
                                           packed.data(), packed.size()));
  }
  if (packed.empty())
    return fail(ErrorCode::kBug, "the PNG cannot be written: libdeflate gives nothing");
  ByteVector out;
  out.reserve(packed.size() + packed.size() / 1024 + 1024);
  append(out, kPngSignature);
  append_png_chunk(out, "IHDR", header(image));
  constexpr std::size_t kPiece = 1024 * 1024;  // readers keep a chunk in memory
  for (std::size_t at = 0; at < packed.size(); at += kPiece)
    append_png_chunk(out, "IDAT", part(packed, at, kPiece));
  append_png_chunk(out, "IEND", {});
  return out;
}

}  // namespace pawfect
