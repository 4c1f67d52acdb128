// The first guess at the coarsest level: the hole is peeled from the rim inwards, one layer of
// pixels at a time; each pixel takes the middle of the known patch that fits best what is already
// there.
#pragma once

#include <cstdint>
#include <vector>

#include "texture/kernel.h"
#include "texture/level.h"
#include "texture/settings.h"
#include "texture/workers.h"

namespace pawfect::texture {

// Paints every hole pixel of `level`. The level must have sources; row_penalty as for the search.
void peel_onion(Level& level, const Settings& settings,
                const std::vector<std::uint16_t>& row_penalty, Workers& workers,
                Kernel kernel = Kernel::kFastest);

}  // namespace pawfect::texture
