// How weights are multiplied.
#pragma once

#include <cstdint>

namespace pawfect {

enum class Precision : std::uint8_t {
  kStored,  // as they are in the file; activations are rounded to what the kernel wants
  kHalf,    // as F16: on a card with much memory quicker than anything quantised
  kF32,     // widened: four times the memory or more, for trusting a new card
};

}  // namespace pawfect
