// Votes: every hole pixel becomes the weighted mean of what the patches over it would put there. A
// patch weighs 2^-(depth of its centre): the rim, which is known, leads.
#pragma once

#include "texture/kernel.h"
#include "texture/level.h"
#include "texture/search.h"
#include "texture/workers.h"

namespace pawfect::texture {

void vote(Level& level, const NearestField& field, Workers& workers,
          Kernel kernel = Kernel::kFastest);

}  // namespace pawfect::texture
