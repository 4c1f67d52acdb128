// Pictures of a latent on its way, an eighth of the size, without the decoder: a linear map from
// the 16 channels of a latent cell to a colour. The map is fitted to the job's own photo, of which
// both sides are known outside the hole, so it holds for any autoencoder. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "flux/packing.h"

namespace pawfect {

struct LatentPreview {
  int step = 0;               // steps done
  int width = 0, height = 0;  // latent cells
  std::vector<float> rgb;     // planar 3 x height x width, about -1..1
};

// Colour = factors x channels, the last factor being constant.
struct PreviewFit {
  std::array<std::array<float, kLatentChannels + 1>, 3> factors{};
};

// Least squares over the cells of 8x8 pixels that no mask pixel touches, slightly damped. `latent`
// is the photo's, scaled, as tokens; rgb and mask are width x height.
PreviewFit fit_preview(std::span<const float> latent, std::span<const float> rgb,
                       std::span<const std::uint8_t> mask, int width, int height);

// What the latent would be without noise, as the model sees it now: x - sigma x velocity. Tokens.
std::vector<float> clean_latent(std::span<const float> latent, std::span<const float> velocity,
                                float sigma);

// `latent` as tokens, of a picture of width x height pixels.
LatentPreview draw_preview(const PreviewFit& fit, std::span<const float> latent, int step,
                           int width, int height);

}  // namespace pawfect
