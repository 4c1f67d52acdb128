// Gaussian noise that hangs on the seed alone, not on the backend, the machine or the number of
// threads: Philox 4x32-10 (Salmon et al. 2011), one counter a number, and the Box-Muller transform.
// For the first values of a fresh generator it is what torch's CUDA generator makes. Pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pawfect {

// `count` numbers of mean 0 and deviation 1.
std::vector<float> gaussian_noise(std::uint64_t seed, std::size_t count);

}  // namespace pawfect
