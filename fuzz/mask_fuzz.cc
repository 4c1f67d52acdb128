// From the bytes of a mask file to the two masks of a job: whatever is decoded, the promises of
// mask/prepare.h hold. Pictures over 100 pixels a side are passed over, to stay quick.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "image/limits.h"
#include "image/load.h"
#include "mask/prepare.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pawfect::ImageLimits limits;
  limits.max_side = 100;
  const auto levels = pawfect::load_grey_bytes(std::span(data, size), "input", limits);
  if (!levels) return 0;
  const pawfect::Image photo(64, 48, 3, pawfect::SampleDepth::k8);
  const auto mask = pawfect::prepare_mask(*levels, photo, pawfect::MaskOptions{});
  if (!mask) return 0;
  for (std::size_t i = 0; i < mask->input.pixels.size(); ++i) {
    const bool holds = mask->generate.pixels[i] >= mask->input.pixels[i] &&
                       (mask->composite.pixels[i] == 0 || mask->generate.pixels[i] != 0) &&
                       (mask->input.pixels[i] == 0 || mask->composite.pixels[i] == 255);
    if (!holds) std::abort();
  }
  return 0;
}
