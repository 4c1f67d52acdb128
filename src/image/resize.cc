#include "image/resize.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace pawfect {
namespace {

constexpr double kLobes = 3;

double sinc(double x) {
  if (x == 0) return 1;
  const double angle = std::numbers::pi * x;
  return std::sin(angle) / angle;
}

double lanczos(double x) { return std::abs(x) < kLobes ? sinc(x) * sinc(x / kLobes) : 0; }

// How one new sample is made of old ones: `weights` for the samples from `first` on; they add up to
// 1. What would lie outside the picture takes no part.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

std::vector<Taps> lay_taps(int from, int to) {
  const double step = double(from) / to;
  const double stretch = std::max(1.0, step);
  std::vector<Taps> all(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * step - 0.5;
    const int first = std::max(0, int(std::ceil(centre - kLobes * stretch)));
    const int last = std::min(from - 1, int(std::floor(centre + kLobes * stretch)));
    Taps& taps = all[i];
    taps.first = first;
    double sum = 0;
    for (int k = first; k <= last; ++k) sum += lanczos((k - centre) / stretch);
    for (int k = first; k <= last; ++k)
      taps.weights.push_back(float(lanczos((k - centre) / stretch) / sum));
  }
  return all;
}

template <typename T>
Image resize(const Image& image, int width, int height) {
  constexpr float kMost = sizeof(T) == 1 ? 255 : 65535;
  const int channels = image.channels;
  const std::vector<Taps> across = lay_taps(image.width, width);
  const std::vector<Taps> down = lay_taps(image.height, height);
  const std::size_t row_length = std::size_t(width) * channels;
  // Every row of the picture at the new width.
  std::vector<float> narrow(row_length * image.height);
  for (int y = 0; y < image.height; ++y) {
    const std::span<const T> from = image.row<T>(y);
    float* to = &narrow[row_length * y];
    for (const Taps& taps : across) {
      for (int c = 0; c < channels; ++c) {
        float sum = 0;
        const T* sample = &from[std::size_t(taps.first) * channels + c];
        for (const float weight : taps.weights) {
          sum += weight * float(*sample);
          sample += channels;
        }
        *to++ = sum;
      }
    }
  }
  Image out(width, height, channels, image.depth);
  std::vector<float> row(row_length);
  for (int y = 0; y < height; ++y) {
    std::fill(row.begin(), row.end(), 0.0f);
    for (std::size_t k = 0; k < down[y].weights.size(); ++k) {
      const float weight = down[y].weights[k];
      const float* from = &narrow[row_length * (std::size_t(down[y].first) + k)];
      for (std::size_t i = 0; i < row_length; ++i) row[i] += weight * from[i];
    }
    const std::span<T> to = out.row<T>(y);
    // Never negative, so that cutting off rounds; std::lround would keep the loop from vectors.
    for (std::size_t i = 0; i < row_length; ++i)
      // NOLINTNEXTLINE(bugprone-incorrect-roundings)
      to[i] = T(std::clamp(row[i], 0.0f, kMost) + 0.5f);
  }
  return out;
}

}  // namespace

Image resize_image(const Image& image, int width, int height) {
  if (image.width == width && image.height == height) return image;
  return image.depth == SampleDepth::k16 ? resize<std::uint16_t>(image, width, height)
                                         : resize<std::uint8_t>(image, width, height);
}

}  // namespace pawfect
