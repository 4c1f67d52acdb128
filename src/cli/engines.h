// The engines this program is built with.
#pragma once

#include "fill/registry.h"

namespace pawfect {

EngineRegistry built_in_engines();

}  // namespace pawfect
