// How many threads a job may use. Results never depend on the number, only the time does.
#pragma once

#include <optional>

namespace pawfect {

// The number asked for, or else one for each processor this process may run on, at most 4. As for
// any OpenMP program OMP_NUM_THREADS bounds the default and OMP_THREAD_LIMIT bounds everything. At
// least 1.
int thread_count(std::optional<int> asked);

}  // namespace pawfect
