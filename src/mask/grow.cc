#include "mask/grow.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "mask/runs.h"

namespace pawfect {
namespace {

// Half the width of a disc's chord at each height: the largest w with w^2 + dy^2 <= radius^2.
std::vector<int> disc_chords(int radius) {
  std::vector<int> chords(radius + 1);
  int w = radius;
  for (int dy = 0; dy <= radius; ++dy) {
    while (w * w + dy * dy > radius * radius) --w;
    chords[dy] = w;
  }
  return chords;
}

void fill_stretch(Mask& mask, int y, int begin, int end) {
  const int from = std::max(begin, 0);
  const int to = std::min(end, mask.width);
  std::ranges::fill(mask.row(y).subspan(from, to - from), 255);
}

// Weight by squared distance, up to width^2; every larger one is 255.
std::vector<std::uint8_t> edge_weights(int width) {
  std::vector<std::uint8_t> weights(std::size_t(width) * width + 1);
  for (std::size_t squared = 0; squared < weights.size(); ++squared) {
    const double t = std::sqrt(double(squared)) / (width + 1);
    const double s = t * t * t * (t * (6 * t - 15) + 10);
    weights[squared] = std::uint8_t(std::lround(255 * s));
  }
  return weights;
}

// For every pixel of `box`, rows without padding: how many rows away the nearest unset pixel of its
// column is, at most `cap`. Rows beyond the photo are no unset pixels; rows beyond the box are.
std::vector<std::uint8_t> vertical_distances(const Mask& mask, const PixelRect& box, int cap) {
  std::vector<std::uint8_t> distances(std::size_t(box.width) * box.height);
  const auto step = [&](const std::uint8_t* before, const std::uint8_t* set, std::uint8_t* out) {
    for (int x = 0; x < box.width; ++x) {
      const int further = std::min(before[x] + 1, cap);
      out[x] = std::uint8_t(set[x] ? std::min<int>(out[x], further) : 0);
    }
  };
  std::ranges::fill(distances, std::uint8_t(cap));
  const std::vector<std::uint8_t> above(box.width, std::uint8_t(box.y == 0 ? cap : 0));
  const std::vector<std::uint8_t> below(box.width,
                                        std::uint8_t(box.bottom() == mask.height ? cap : 0));
  for (int y = 0; y < box.height; ++y) {
    std::uint8_t* out = &distances[std::size_t(y) * box.width];
    step(y == 0 ? above.data() : out - box.width, &mask.row(box.y + y)[box.x], out);
  }
  for (int y = box.height - 1; y >= 0; --y) {
    std::uint8_t* out = &distances[std::size_t(y) * box.width];
    step(y == box.height - 1 ? below.data() : out + box.width, &mask.row(box.y + y)[box.x], out);
  }
  return distances;
}

}  // namespace

Mask grow_mask(const Mask& mask, int radius) {
  Mask out = mask;
  if (radius == 0) return out;
  const std::vector<int> chords = disc_chords(radius);
  for (const Run& run : find_runs(mask)) {
    const int top = std::max(run.y - radius, 0);
    const int bottom = std::min(run.y + radius, mask.height - 1);
    for (int y = top; y <= bottom; ++y) {
      const int w = chords[std::abs(y - run.y)];
      fill_stretch(out, y, run.begin - w, run.end + w);
    }
  }
  return out;
}

// Exact squared distances in two steps (Saito and Toriwaki 1994): along columns, then the smallest
// dx^2 + dy^2 along the row. The band is narrow, so trying every dx is quicker than an envelope and
// the inner loop is one vector instruction for many pixels.
Mask soften_edge(const Mask& mask, int width) {
  Mask out = mask;
  const PixelRect box = bounding_box(find_runs(mask));
  if (width == 0 || box.is_empty()) return out;

  const int cap = width + 1;
  const std::uint16_t far = std::uint16_t(cap * cap);
  const std::vector<std::uint8_t> weights = edge_weights(width);
  const std::vector<std::uint8_t> rows = vertical_distances(mask, box, cap);
  // The row with `width` pixels more on each side: unset ones, or none where the photo ends.
  std::vector<std::uint16_t> squares(box.width + 2 * std::size_t(width));
  std::fill_n(squares.begin(), width, box.x == 0 ? far : 0);
  std::fill_n(squares.end() - width, width, box.right() == mask.width ? far : 0);
  std::vector<std::uint16_t> nearest(box.width);

  for (int y = 0; y < box.height; ++y) {
    const std::uint8_t* distance = &rows[std::size_t(y) * box.width];
    for (int x = 0; x < box.width; ++x) {
      squares[x + width] = std::uint16_t(distance[x] * distance[x]);
    }
    std::copy_n(squares.begin() + width, box.width, nearest.begin());
    for (int dx = 1; dx <= width; ++dx) {
      const std::uint16_t across = std::uint16_t(dx * dx);
      const std::uint16_t* left = &squares[width - dx];
      const std::uint16_t* right = &squares[width + dx];
      for (int x = 0; x < box.width; ++x) {
        const std::uint16_t least = std::uint16_t(std::min(left[x], right[x]) + across);
        nearest[x] = std::min(nearest[x], least);
      }
    }
    const auto target = out.row(box.y + y).subspan(box.x, box.width);
    for (int x = 0; x < box.width; ++x) {
      if (nearest[x] < weights.size()) target[x] = weights[nearest[x]];
    }
  }
  return out;
}

}  // namespace pawfect
