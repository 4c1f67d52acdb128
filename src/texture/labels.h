// Labels: from the overlapping patches one source pixel is picked for each hole pixel, so that the
// fill is a sharp copy; the vote only steers the choice.
#pragma once

#include <cstdint>
#include <vector>

#include "texture/kernel.h"
#include "texture/level.h"
#include "texture/search.h"
#include "texture/settings.h"
#include "texture/workers.h"

namespace pawfect::texture {

// Level index of the source pixel for every hole pixel, -1 elsewhere. Needs costs that were
// measured at least once for this field, and the voted colours in `level`.
std::vector<std::int32_t> pick_labels(const Level& level, const NearestField& field,
                                      const Settings& settings, Workers& workers,
                                      Kernel kernel = Kernel::kFastest);

}  // namespace pawfect::texture
