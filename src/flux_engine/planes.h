// Between a window of the photo and what the model takes and gives: planar RGB of -1..1 at the
// working size. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/rect.h"
#include "flux_engine/working_size.h"
#include "image/image.h"
#include "mask/mask.h"

namespace pawfect {

struct ModelInput {
  std::vector<float> rgb;          // planar 3 x height x width
  std::vector<std::uint8_t> mask;  // height x width, 255 = fill
  PixelRect hole_box;              // of `mask`
};

// Grey becomes RGB, alpha is left out. What lies in the hole or is unusable is replaced by a smooth
// continuation of its surroundings before anything is scaled, so that no colour of the removed
// thing reaches a pixel outside. A working pixel belongs to the mask when any photo pixel under it
// is to be filled or unusable.
ModelInput model_input(const Image& window, const Mask& hole, const Mask& unusable,
                       const WorkingSize& size);

// The model's picture (planar RGB of `part`, within a picture of `size`) as an image like `base`,
// whose alpha stays. What lies outside `part` repeats its edge.
Image model_output(std::span<const float> rgb, const PixelRect& part, const WorkingSize& size,
                   const Image& base);

// The window with hole and unusable pixels replaced by a smooth continuation of their surroundings,
// alpha included.
Image continue_smoothly(const Image& window, const Mask& hole, const Mask& unusable);

}  // namespace pawfect
