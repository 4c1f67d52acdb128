// The first line of a NATS server: any bytes end in a version or in none, and versions are ordered
// one way only.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/nats_server_info.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto version = pawfect::version_in_info(line);
  if (!version) return 0;
  if (version->size() > size) std::abort();
  const bool is_older = pawfect::is_older(*version, "2.10.23");
  if (is_older && pawfect::is_older("2.10.23", *version)) std::abort();
  return 0;
}
