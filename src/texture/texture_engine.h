// The texture engine: fills a hole with pieces of what lies around it. No weights, no GPU, ready at
// once. Copies are made at the window's own depth and channels, alpha too; matching works on 8
// bits.
#pragma once

#include <memory>

#include "fill/engine.h"

namespace pawfect {

std::unique_ptr<FillEngine> make_texture_engine();

}  // namespace pawfect
