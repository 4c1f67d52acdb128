#include "flux/preview.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pawfect {
namespace {

constexpr int kTerms = kLatentChannels + 1;
constexpr double kDamping = 1e-3;  // of a mean square of 1, per cell

using Terms = std::array<double, kTerms>;

// Solves the symmetric positive system in place, Gaussian elimination with the largest pivot.
Terms solve(std::array<Terms, kTerms> a, Terms b) {
  for (int k = 0; k < kTerms; ++k) {
    int pivot = k;
    for (int r = k + 1; r < kTerms; ++r) {
      if (std::abs(a[r][k]) > std::abs(a[pivot][k])) pivot = r;
    }
    std::swap(a[k], a[pivot]);
    std::swap(b[k], b[pivot]);
    for (int r = k + 1; r < kTerms; ++r) {
      const double share = a[r][k] / a[k][k];
      for (int c = k; c < kTerms; ++c) a[r][c] -= share * a[k][c];
      b[r] -= share * b[k];
    }
  }
  Terms x{};
  for (int k = kTerms - 1; k >= 0; --k) {
    double rest = b[k];
    for (int c = k + 1; c < kTerms; ++c) rest -= a[k][c] * x[c];
    x[k] = rest / a[k][k];
  }
  return x;
}

struct CellColour {
  std::array<double, 3> rgb{};
  bool is_known = true;
};

CellColour colour_of(std::span<const float> rgb, std::span<const std::uint8_t> mask, int width,
                     int x0, int y0) {
  constexpr double kPixels = kPixelsPerLatent * kPixelsPerLatent;
  CellColour out;
  for (int y = y0; y < y0 + kPixelsPerLatent; ++y) {
    for (int x = x0; x < x0 + kPixelsPerLatent; ++x) {
      const std::size_t at = std::size_t(y) * width + x;
      if (mask[at] != 0) out.is_known = false;
      for (std::size_t c = 0; c < 3; ++c) out.rgb[c] += rgb[c * mask.size() + at] / kPixels;
    }
  }
  return out;
}

}  // namespace

PreviewFit fit_preview(std::span<const float> latent, std::span<const float> rgb,
                       std::span<const std::uint8_t> mask, int width, int height) {
  const int w = width / kPixelsPerLatent, h = height / kPixelsPerLatent;
  const std::vector<float> planes = unpack(latent, kLatentChannels, w, h);
  const std::size_t cells = std::size_t(w) * h;
  std::array<Terms, kTerms> products{};
  std::array<Terms, 3> targets{};
  double known = 1;
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const CellColour colour =
          colour_of(rgb, mask, width, x * kPixelsPerLatent, y * kPixelsPerLatent);
      if (!colour.is_known) continue;
      known += 1;
      Terms terms;
      for (int k = 0; k < kLatentChannels; ++k)
        terms[k] = planes[std::size_t(k) * cells + std::size_t(y) * w + x];
      terms[kLatentChannels] = 1;
      for (int r = 0; r < kTerms; ++r) {
        for (int c = 0; c < kTerms; ++c) products[r][c] += terms[r] * terms[c];
        for (int c = 0; c < 3; ++c) targets[c][r] += terms[r] * colour.rgb[c];
      }
    }
  }
  for (int k = 0; k < kTerms; ++k) products[k][k] += kDamping * known;
  PreviewFit fit;
  for (int c = 0; c < 3; ++c) {
    const Terms solved = solve(products, targets[c]);
    for (int k = 0; k < kTerms; ++k) fit.factors[c][k] = float(solved[k]);
  }
  return fit;
}

std::vector<float> clean_latent(std::span<const float> latent, std::span<const float> velocity,
                                float sigma) {
  std::vector<float> out(latent.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = latent[i] - sigma * velocity[i];
  return out;
}

LatentPreview draw_preview(const PreviewFit& fit, std::span<const float> latent, int step,
                           int width, int height) {
  const int w = width / kPixelsPerLatent, h = height / kPixelsPerLatent;
  const std::vector<float> planes = unpack(latent, kLatentChannels, w, h);
  const std::size_t cells = std::size_t(w) * h;
  LatentPreview out{step, w, h, std::vector<float>(3 * cells)};
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < cells; ++i) {
      float value = fit.factors[c][kLatentChannels];
      for (std::size_t k = 0; k < kLatentChannels; ++k)
        value += fit.factors[c][k] * planes[k * cells + i];
      out.rgb[c * cells + i] = std::clamp(value, -1.0f, 1.0f);
    }
  }
  return out;
}

}  // namespace pawfect
