// Random numbers as a pure hash of where they are used, so that results do not depend on the order
// in which threads run. Splitmix64 finaliser (Steele, Lea, Flood 2014).
#pragma once

#include <cstdint>

namespace pawfect::texture {

inline std::uint64_t mix(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

}  // namespace pawfect::texture
