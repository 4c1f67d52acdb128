// Four floats at once: the channels of one pixel. A vector of the compiler's own, so that loads of
// a pixel are not held up by a possible overlap with its store; the same bits on every processor.
#pragma once

#include <cstring>

namespace pawfect::texture {

using Four = float __attribute__((vector_size(16)));

inline Four load_four(const float* from) {
  Four four;
  std::memcpy(&four, from, sizeof four);
  return four;
}

inline void store_four(float* to, Four four) { std::memcpy(to, &four, sizeof four); }

}  // namespace pawfect::texture
