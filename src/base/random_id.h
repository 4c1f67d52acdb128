// Ids that nobody can guess: from the system's random numbers.
#pragma once

#include <string>

namespace pawfect {

// 32 lower-case hexadecimal digits: 128 bits.
std::string random_id();

// Evenly in 0..1, for jitter; safe from any thread.
double random_fraction();

}  // namespace pawfect
