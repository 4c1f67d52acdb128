// Whether a mask can be filled at all. Better a clear word before the work than a blurred photo
// after it. Pure functions.
#pragma once

#include "base/error.h"
#include "mask/prepare.h"

namespace pawfect {

// More separate parts than this are noise, not a drawing.
inline constexpr int kMaxParts = 10'000;

// Judges the cleaned mask before growth (so that a verdict does not hang on --grow) from its
// statistics. Errors: kMaskRejected, one line with the number found and the number allowed.
Result<void> judge_mask(const MaskStatistics& statistics, std::int64_t photo_px,
                        const MaskOptions& options);

}  // namespace pawfect
