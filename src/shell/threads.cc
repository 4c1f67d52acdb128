#include "shell/threads.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace pawfect {
namespace {

// More threads than this gain little on one window and cost other programs their processors.
constexpr int kMostByDefault = 4;

int available_processors() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

// The first number of the variable (OMP_NUM_THREADS may list one for each nesting level); no bound
// when it is absent or not a number above 0.
int bound_from_environment(const char* name) {
  const char* value = std::getenv(name);
  const std::string_view text = value == nullptr ? "" : value;
  int bound = 0;
  std::from_chars(text.data(), text.data() + text.size(), bound);
  return bound > 0 ? bound : std::numeric_limits<int>::max();
}

}  // namespace

int thread_count(std::optional<int> asked) {
  const int by_default =
      std::min({available_processors(), kMostByDefault, bound_from_environment("OMP_NUM_THREADS")});
  return std::max(1,
                  std::min(asked.value_or(by_default), bound_from_environment("OMP_THREAD_LIMIT")));
}

}  // namespace pawfect
