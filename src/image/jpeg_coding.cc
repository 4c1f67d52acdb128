#include "image/jpeg_coding.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pawfect {
namespace {

constexpr QuantisationTable kLuminance = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
constexpr QuantisationTable kChrominance = {
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
    99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

// jcparam.c: jpeg_quality_scaling and jpeg_add_quant_table, limited to 8 bits.
QuantisationTable scaled(const QuantisationTable& standard, int quality) {
  const int percent = quality < 50 ? 5000 / quality : 200 - quality * 2;
  QuantisationTable out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = std::uint16_t(std::clamp((standard[i] * percent + 50) / 100, 1, 255));
  }
  return out;
}

double distance(const QuantisationTable& a, const QuantisationTable& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t frequency = 1 + i / 8 + i % 8;
    const double weight = 1 / double(frequency * frequency);
    sum += weight * std::abs(std::log(double(std::max<int>(a[i], 1)) / double(b[i])));
  }
  return sum;
}

}  // namespace

ChromaSubsampling subsampling_of(const JpegCoding& coding) {
  const auto& c = coding.components;
  if (coding.channels < 3) return ChromaSubsampling::kNone;
  int most_horizontal = 1, most_vertical = 1;
  bool is_alike = true;
  for (int i = 0; i < coding.channels; ++i) {
    const JpegComponent& one = c[std::size_t(i)];
    most_horizontal = std::max<int>(most_horizontal, one.horizontal);
    most_vertical = std::max<int>(most_vertical, one.vertical);
    is_alike = is_alike && one.horizontal == c[0].horizontal && one.vertical == c[0].vertical;
  }
  if (is_alike) return ChromaSubsampling::kNone;
  const bool is_420 = c[0].horizontal == 2 * c[1].horizontal &&
                      c[0].vertical == 2 * c[1].vertical && c[1].horizontal == c[2].horizontal &&
                      c[1].vertical == c[2].vertical && c[0].horizontal == most_horizontal &&
                      c[0].vertical == most_vertical;
  return is_420 ? ChromaSubsampling::k420 : ChromaSubsampling::kOther;
}

std::array<QuantisationTable, 2> ijg_tables(int quality) {
  quality = std::clamp(quality, 1, 100);
  return {scaled(kLuminance, quality), scaled(kChrominance, quality)};
}

std::optional<int> estimate_jpeg_quality(const JpegCoding& coding) {
  const auto table_of = [&](int i) {
    return coding.tables[coding.components[std::size_t(i)].table];
  };
  for (int i = 0; i < coding.channels; ++i) {
    if (table_of(i)[0] == 0) return std::nullopt;
  }
  const bool has_chroma = coding.channels == 3 && !coding.is_rgb;
  int best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int quality = 1; quality <= 100; ++quality) {
    const auto standard = ijg_tables(quality);
    double error = distance(table_of(0), standard[0]);
    if (has_chroma) error += distance(table_of(1), standard[1]);
    if (error < least) {
      least = error;
      best = quality;
    }
  }
  return best > 0 ? std::optional(best) : std::nullopt;
}

}  // namespace pawfect
