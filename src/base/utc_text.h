// Wall time as people and other programs read it.
#pragma once

#include <string>

#include "base/clock.h"

namespace pawfect {

// "2026-11-28T07:12:03Z"
std::string utc_text(WallTime time);

}  // namespace pawfect
