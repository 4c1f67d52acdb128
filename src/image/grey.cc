#include "image/grey.h"

namespace pawfect {
namespace {

// Rec. 709 weights in 1/65536; they sum to 65536, so that white stays white.
constexpr std::uint64_t kRed = 13'933, kGreen = 46'871, kBlue = 4'732;

template <typename T>
void convert(const Image& image, Image& out) {
  constexpr std::uint64_t kMost = sizeof(T) == 1 ? 255 : 65'535;
  const int channels = image.channels;
  for (int y = 0; y < image.height; ++y) {
    const T* in = image.row<T>(y).data();
    for (std::uint8_t& level : out.row<std::uint8_t>(y)) {
      std::uint64_t value = in[0];
      if (channels >= 3) value = (kRed * in[0] + kGreen * in[1] + kBlue * in[2] + 32'768) >> 16;
      const std::uint64_t weight = image.has_alpha() ? in[channels - 1] : kMost;
      // value / most * weight / most * 255, rounded once.
      level = std::uint8_t((value * weight * 255 * 2 + kMost * kMost) / (2 * kMost * kMost));
      in += channels;
    }
  }
}

}  // namespace

Image grey_levels(const Image& image) {
  if (image.channels == 1 && image.depth == SampleDepth::k8) return image;
  Image out(image.width, image.height, 1, SampleDepth::k8);
  if (image.depth == SampleDepth::k8) {
    convert<std::uint8_t>(image, out);
  } else {
    convert<std::uint16_t>(image, out);
  }
  return out;
}

}  // namespace pawfect
