#include "image/reduce.h"

#include <algorithm>

namespace pawfect {
namespace {

template <typename T>
void flatten(const Image& image, bool is_premultiplied, Image& out) {
  constexpr std::uint64_t kMost = sizeof(T) == 1 ? 255 : 65'535;
  for (int y = 0; y < image.height; ++y) {
    const T* in = image.row<T>(y).data();
    T* to = out.row<T>(y).data();
    for (int x = 0; x < image.width; ++x) {
      const std::uint64_t alpha = in[out.channels];
      for (int c = 0; c < out.channels; ++c) {
        const std::uint64_t colour = is_premultiplied ? in[c] * kMost : in[c] * alpha;
        *to++ = T(std::min(kMost, (colour + kMost * (kMost - alpha) + kMost / 2) / kMost));
      }
      in += image.channels;
    }
  }
}

template <typename T>
void divide_by_alpha(Image& image) {
  constexpr std::uint64_t kMost = sizeof(T) == 1 ? 255 : 65'535;
  const std::size_t colours = std::size_t(image.colour_channels());
  for (int y = 0; y < image.height; ++y) {
    const auto row = image.row<T>(y);
    for (std::size_t at = 0; at < row.size(); at += colours + 1) {
      const std::uint64_t alpha = row[at + colours];
      if (alpha == 0) continue;
      for (T& colour : row.subspan(at, colours)) {
        colour = T(std::min(kMost, (colour * kMost + alpha / 2) / alpha));
      }
    }
  }
}

}  // namespace

Image in_8_bits(Image image) {
  if (image.depth == SampleDepth::k8) return image;
  Image out(image.width, image.height, image.channels, SampleDepth::k8);
  for (int y = 0; y < image.height; ++y) {
    const auto from = image.row<std::uint16_t>(y);
    std::transform(from.begin(), from.end(), out.row<std::uint8_t>(y).begin(),
                   [](std::uint16_t level) { return std::uint8_t((level + 128u) / 257u); });
  }
  return out;
}

Image over_white(const Image& image, bool is_premultiplied) {
  if (!image.has_alpha()) return image;
  Image out(image.width, image.height, image.colour_channels(), image.depth);
  if (image.depth == SampleDepth::k8) {
    flatten<std::uint8_t>(image, is_premultiplied, out);
  } else {
    flatten<std::uint16_t>(image, is_premultiplied, out);
  }
  return out;
}

Image with_straight_alpha(Image image) {
  if (!image.has_alpha()) return image;
  if (image.depth == SampleDepth::k8) {
    divide_by_alpha<std::uint8_t>(image);
  } else {
    divide_by_alpha<std::uint16_t>(image);
  }
  return image;
}

}  // namespace pawfect
