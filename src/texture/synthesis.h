// Synthesis: from a window with a hole to one source pixel per hole pixel, coarse to fine (Wexler et
// al. 2007; Barnes et al. 2009), steered by gradient-corrected copies.
#pragma once

#include <cstdint>
#include <vector>

#include "texture/field.h"
#include "texture/level.h"
#include "texture/settings.h"

namespace pawfect::texture {

struct Filled {
  Level level;                          // full size, hole pixels painted (8 bit)
  std::vector<std::int32_t> label;      // source index per index; -1 outside the hole
};

Filled synthesise(Level full, const Settings& settings, std::uint64_t seed, int threads);

}  // namespace pawfect::texture
