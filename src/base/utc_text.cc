#include "base/utc_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace pawfect {

std::string utc_text(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(since_1970_ms(time) / 1000));
}

}  // namespace pawfect
