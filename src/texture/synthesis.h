// Synthesis: from a level with a hole to one source pixel per hole pixel, coarse to fine (Wexler et
// al. 2007; Barnes et al. 2009). Each round searches, votes, and repaints the hole with sharp
// copies whose steps are corrected, so that the next search compares with what will be seen.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "texture/level.h"
#include "texture/settings.h"
#include "texture/workers.h"

namespace pawfect::texture {

struct Synthesis {
  Level level;  // full size
  std::vector<std::int32_t>
      label;  // by level index: the source pixel of each hole pixel, -1 elsewhere
};

// `full` has its pixels and kinds; the texture channel and everything else is worked out here. The
// same seed gives the same labels whatever the number of workers. Errors: kMaskRejected when no
// patch of 7x7 known pixels is there to copy from; kCancelled.
Result<Synthesis> synthesise(Level full, const Settings& settings, std::uint64_t seed,
                             Workers& workers, const JobControl& control);

}  // namespace pawfect::texture
