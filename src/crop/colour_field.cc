#include "crop/colour_field.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <optional>

#include "base/rect.h"
#include "crop/membrane.h"
#include "mask/runs.h"

namespace pawfect {
namespace {

// The difference at a ring pixel is the mean over the known pixels this near, or grain and the
// engine's own detail would draw streaks into the hole.
constexpr int kRingReach = 3;

struct Field {
  const Image& filled;
  const Image& window;
  const Mask& hole;
  const Mask& unusable;
};

template <typename T>
bool is_known(const Field& field, int x, int y) {
  if (!field.window.rect().contains(x, y)) return false;
  if (field.hole.at(x, y) || field.unusable.at(x, y)) return false;
  if (!field.window.has_alpha()) return true;
  const int channels = field.window.channels;
  return field.window.row<T>(y)[std::size_t(x) * channels + channels - 1] != 0;
}

// Photo minus fill round (x, y).
template <typename T>
std::array<float, 4> ring_difference(const Field& field, int x, int y) {
  const int channels = field.window.channels;
  std::array<double, 4> sum{};
  int count = 0;
  for (int ny = y - kRingReach; ny <= y + kRingReach; ++ny) {
    for (int nx = x - kRingReach; nx <= x + kRingReach; ++nx) {
      if (!is_known<T>(field, nx, ny)) continue;
      const T* photo = &field.window.row<T>(ny)[std::size_t(nx) * channels];
      const T* fill = &field.filled.row<T>(ny)[std::size_t(nx) * channels];
      for (int c = 0; c < channels; ++c) sum[c] += double(photo[c]) - fill[c];
      ++count;
    }
  }
  std::array<float, 4> mean{};
  for (int c = 0; c < channels; ++c) mean[c] = float(sum[c] / count);
  return mean;
}

bool touches_hole(const Mask& hole, int x, int y) {
  return (x > 0 && hole.at(x - 1, y)) || (x + 1 < hole.width && hole.at(x + 1, y)) ||
         (y > 0 && hole.at(x, y - 1)) || (y + 1 < hole.height && hole.at(x, y + 1));
}

// The membrane over `box`: hole pixels unknown, the known pixels beside them fixed.
template <typename T>
Membrane stretch_membrane(const Field& field, const PixelRect& box) {
  Membrane membrane(box.width, box.height);
  for (int y = box.y; y < box.bottom(); ++y) {
    for (int x = box.x; x < box.right(); ++x) {
      const std::size_t i = membrane.index(x - box.x, y - box.y);
      if (field.hole.at(x, y)) {
        membrane.sites[i] = Site::kUnknown;
      } else if (touches_hole(field.hole, x, y) && is_known<T>(field, x, y)) {
        membrane.sites[i] = Site::kFixed;
        membrane.values[i] = ring_difference<T>(field, x, y);
      }
    }
  }
  return membrane;
}

template <typename T>
void add_field(Image& filled, const Image& window, const Mask& hole, const Mask& unusable,
               const PixelRect& box) {
  Membrane membrane = stretch_membrane<T>({filled, window, hole, unusable}, box);
  solve_membrane(membrane);
  constexpr float kMost = sizeof(T) == 1 ? 255 : 65535;
  for (int y = box.y; y < box.bottom(); ++y) {
    const auto row = filled.row<T>(y);
    for (int x = box.x; x < box.right(); ++x) {
      if (!hole.at(x, y)) continue;
      const std::array<float, 4>& tint = membrane.values[membrane.index(x - box.x, y - box.y)];
      T* pixel = &row[std::size_t(x) * filled.channels];
      for (int c = 0; c < filled.channels; ++c) {
        pixel[c] = T(std::lround(std::clamp(float(pixel[c]) + tint[c], 0.0f, kMost)));
      }
    }
  }
}

}  // namespace

void add_colour_field(Image& filled, const Image& window, const Mask& hole, const Mask& unusable) {
  assert(filled.rect() == window.rect() && hole.rect() == window.rect());
  assert(unusable.rect() == window.rect() && filled.channels == window.channels);
  const PixelRect inner = bounding_box(find_runs(hole));
  if (inner.is_empty()) return;
  const PixelRect ringed{inner.x - 1, inner.y - 1, inner.width + 2, inner.height + 2};
  const PixelRect box = intersection(ringed, window.rect());
  if (window.depth == SampleDepth::k16) {
    add_field<std::uint16_t>(filled, window, hole, unusable, box);
  } else {
    add_field<std::uint8_t>(filled, window, hole, unusable, box);
  }
}

}  // namespace pawfect
