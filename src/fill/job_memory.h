// What a job will allocate, told before it does. Bytes. Pure function.
#pragma once

#include <cstdint>
#include <optional>

#include "crop/windows.h"
#include "fill/engine.h"
#include "image/image.h"

namespace pawfect {

// The peak beyond the photo and its masks: the result, the plan, and the dearest window with its
// masks, its fill, its engine and its colour field. Empty when that is no 64-bit number.
std::optional<std::int64_t> job_memory(const Image& photo, const WindowPlan& plan,
                                       const FillEngine& engine);

}  // namespace pawfect
