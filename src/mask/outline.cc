#include "mask/outline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "mask/grow.h"

namespace pawfect {
namespace {

using Colour = std::array<std::uint8_t, 3>;

constexpr Colour kMagenta{255, 0, 255};
constexpr Colour kCyan{0, 255, 255};
constexpr Colour kYellow{255, 230, 0};
constexpr Colour kBlack{0, 0, 0};
constexpr int kTint = 90;    // of 256
constexpr int kChequer = 8;  // px a square, where the photo is transparent

template <typename T>
void copy_as_rgb8(const Image& photo, Image& out) {
  constexpr int kShift = 8 * (sizeof(T) - 1);
  const bool is_colour = photo.colour_channels() == 3;
  for (int y = 0; y < photo.height; ++y) {
    const auto from = photo.row<T>(y);
    const auto to = out.row<std::uint8_t>(y);
    for (int x = 0; x < photo.width; ++x) {
      const T* pixel = &from[std::size_t(x) * photo.channels];
      const int alpha = photo.has_alpha() ? pixel[photo.channels - 1] >> kShift : 255;
      const int ground = (x / kChequer + y / kChequer) % 2 == 0 ? 204 : 153;
      for (int c = 0; c < 3; ++c) {
        const int value = pixel[is_colour ? c : 0] >> kShift;
        to[std::size_t(x) * 3 + c] =
            std::uint8_t((value * alpha + ground * (255 - alpha) + 127) / 255);
      }
    }
  }
}

void mix_in(std::uint8_t* pixel, const Colour& colour, int share) {
  for (int c = 0; c < 3; ++c) {
    pixel[c] = std::uint8_t((pixel[c] * (256 - share) + colour[c] * share + 128) / 256);
  }
}

void tint(const PreparedMask& mask, Image& out) {
  for (int y = 0; y < out.height; ++y) {
    const auto input = mask.input.row(y);
    const auto composite = mask.composite.row(y);
    const auto row = out.row<std::uint8_t>(y);
    for (int x = 0; x < out.width; ++x) {
      std::uint8_t* pixel = &row[std::size_t(x) * 3];
      if (input[x]) {
        mix_in(pixel, kMagenta, kTint);
      } else if (composite[x] > 0 && composite[x] < 255) {
        mix_in(pixel, kYellow, kTint);
      }
    }
  }
}

// A line of `thickness` along the inner edge of `set`, with a black one of the same thickness
// outside it.
void draw_edge(const Mask& set, const Colour& colour, int thickness, Image& out) {
  const Mask edge = soften_edge(set, thickness);
  const Mask outside = grow_mask(set, thickness);
  for (int y = 0; y < out.height; ++y) {
    const auto row = out.row<std::uint8_t>(y);
    for (int x = 0; x < out.width; ++x) {
      std::uint8_t* pixel = &row[std::size_t(x) * 3];
      if (set.at(x, y) && edge.at(x, y) < 255) {
        std::ranges::copy(colour, pixel);
      } else if (!set.at(x, y) && outside.at(x, y)) {
        std::ranges::copy(kBlack, pixel);
      }
    }
  }
}

Mask solid_part(const Mask& composite) {
  Mask solid = composite;
  for (std::uint8_t& pixel : solid.pixels) pixel = pixel == 255 ? 255 : 0;
  return solid;
}

}  // namespace

Image draw_overlay(const Image& photo, const PreparedMask& mask) {
  Image out(photo.width, photo.height, 3, SampleDepth::k8);
  if (photo.depth == SampleDepth::k16) {
    copy_as_rgb8<std::uint16_t>(photo, out);
  } else {
    copy_as_rgb8<std::uint8_t>(photo, out);
  }
  tint(mask, out);

  const int longer = std::max(photo.width, photo.height);
  const int thickness = std::clamp(int(std::lround(longer / 1000.0)), 1, 8);
  draw_edge(solid_part(mask.composite), kYellow, 1, out);
  draw_edge(mask.generate, kCyan, thickness, out);
  draw_edge(mask.input, kMagenta, thickness, out);
  return out;
}

}  // namespace pawfect
