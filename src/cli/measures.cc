#include "cli/measures.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace pawfect {
namespace {

constexpr double kIdenticalDb = 99;
// Steps below half an 8-bit level are flat; keeps ratios of flat areas at 1.
constexpr double kFlatStep = 0.5 / 255;
constexpr int kRing = 4;

double sample(const Image& image, std::size_t index) {
  if (image.depth == SampleDepth::k8) return image.bytes[index] / 255.0;
  return reinterpret_cast<const std::uint16_t*>(image.bytes.data())[index] / 65535.0;
}

std::size_t first_sample(const Image& image, int x, int y) {
  return (std::size_t(y) * image.width + x) * image.channels;
}

double luma(const Image& image, int x, int y) {
  const std::size_t at = first_sample(image, x, y);
  if (image.colour_channels() == 1) return sample(image, at);
  return 0.2126 * sample(image, at) + 0.7152 * sample(image, at + 1) +
         0.0722 * sample(image, at + 2);
}

// Mean of a value that is gathered sample by sample; 0 when there was none.
struct Mean {
  double sum = 0;
  std::int64_t count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  double value() const { return count == 0 ? 0 : sum / double(count); }
};

// Calls visit(x, y, nx, ny) for each pair of neighbours to the right and below.
template <typename Visit>
void for_each_pair(int width, int height, Visit visit) {
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (x + 1 < width) visit(x, y, x + 1, y);
      if (y + 1 < height) visit(x, y, x, y + 1);
    }
  }
}

double detail(const Image& image, const Mask& hole) {
  Mean energy;
  for_each_pair(hole.width, hole.height, [&](int x, int y, int nx, int ny) {
    if (hole.at(x, y) == 0 || hole.at(nx, ny) == 0) return;
    const double step = luma(image, x, y) - luma(image, nx, ny);
    energy.add(step * step);
  });
  return energy.value();
}

// The hole grown by kRing steps of the 4-neighbourhood.
Mask grown(Mask mask) {
  for (int step = 0; step < kRing; ++step) {
    const Mask before = mask;
    for_each_pair(mask.width, mask.height, [&](int x, int y, int nx, int ny) {
      if (before.at(x, y) != 0) mask.at(nx, ny) = 255;
      if (before.at(nx, ny) != 0) mask.at(x, y) = 255;
    });
  }
  return mask;
}

}  // namespace

double hole_psnr(const Image& filled, const Image& truth, const Mask& hole) {
  Mean squared;
  for (int y = 0; y < hole.height; ++y) {
    for (int x = 0; x < hole.width; ++x) {
      if (hole.at(x, y) == 0) continue;
      const std::size_t at = first_sample(filled, x, y);
      for (int c = 0; c < filled.colour_channels(); ++c) {
        const double difference = sample(filled, at + c) - sample(truth, at + c);
        squared.add(difference * difference);
      }
    }
  }
  if (squared.value() <= 0) return kIdenticalDb;
  return std::min(kIdenticalDb, -10 * std::log10(squared.value()));
}

double detail_ratio(const Image& filled, const Image& truth, const Mask& hole) {
  constexpr double kFlat = kFlatStep * kFlatStep;
  return (detail(filled, hole) + kFlat) / (detail(truth, hole) + kFlat);
}

double seam_ratio(const Image& filled, const Mask& hole) {
  const Mask near = grown(hole);
  Mean across;
  Mean outside;
  for_each_pair(hole.width, hole.height, [&](int x, int y, int nx, int ny) {
    const bool is_in = hole.at(x, y) != 0;
    const bool is_next_in = hole.at(nx, ny) != 0;
    if (is_in && is_next_in) return;
    const double step = std::abs(luma(filled, x, y) - luma(filled, nx, ny));
    if (is_in != is_next_in) {
      across.add(step);
    } else if (near.at(x, y) != 0 && near.at(nx, ny) != 0) {
      outside.add(step);
    }
  });
  return (across.value() + kFlatStep) / (outside.value() + kFlatStep);
}

}  // namespace pawfect
