#include "crop/paste.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>

namespace pawfect {
namespace {

// The fill's weight for every pixel of one row of the window: the composite's on own hole pixels.
template <typename T>
void paste_row(std::span<T> photo, std::span<const T> filled, std::span<const std::uint8_t> hole,
               std::span<const std::uint8_t> composite, int channels) {
  for (std::size_t x = 0; x < hole.size(); ++x) {
    const std::uint32_t weight = hole[x] ? composite[x] : 0;
    if (weight == 0) continue;
    T* out = &photo[x * channels];
    const T* in = &filled[x * channels];
    if (weight == 255) {
      std::copy_n(in, channels, out);
      continue;
    }
    for (int c = 0; c < channels; ++c) {
      out[c] = T((out[c] * (255 - weight) + in[c] * weight + 127) / 255);
    }
  }
}

template <typename T>
void paste_rows(Image& photo, const Image& filled, const Window& window, const Mask& composite) {
  const PixelRect& rect = window.rect;
  const std::size_t samples = std::size_t(rect.width) * photo.channels;
  for (int y = 0; y < rect.height; ++y) {
    const auto target =
        photo.row<T>(rect.y + y).subspan(std::size_t(rect.x) * photo.channels, samples);
    paste_row<T>(target, filled.row<T>(y), window.hole.row(y),
                 composite.row(rect.y + y).subspan(rect.x, rect.width), photo.channels);
  }
}

}  // namespace

Image cut_out(const Image& photo, const PixelRect& rect) {
  assert(intersection(rect, photo.rect()) == rect);
  Image out(rect.width, rect.height, photo.channels, photo.depth);
  const std::size_t pixel = photo.bytes_per_pixel();
  const std::size_t line = pixel * rect.width;
  for (int y = 0; y < rect.height; ++y) {
    const std::size_t from = (std::size_t(rect.y + y) * photo.width + rect.x) * pixel;
    std::memcpy(&out.bytes[line * y], &photo.bytes[from], line);
  }
  return out;
}

void paste_back(Image& photo, const Image& filled, const Window& window, const Mask& composite) {
  assert(filled.channels == photo.channels && filled.depth == photo.depth);
  assert(filled.rect() == window.hole.rect() && composite.rect() == photo.rect());
  if (photo.depth == SampleDepth::k16) {
    paste_rows<std::uint16_t>(photo, filled, window, composite);
  } else {
    paste_rows<std::uint8_t>(photo, filled, window, composite);
  }
}

}  // namespace pawfect
