// Random numbers for JobPolicy's back-offs, from the system's seed. Belongs to one thread.
#pragma once

#include <memory>
#include <random>

#include "jobs/job_policy.h"

namespace pawfect {

inline JobPolicy::Random policy_random() {
  auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
  return [engine] { return std::uniform_real_distribution<double>(0, 1)(*engine); };
}

}  // namespace pawfect
