// The configuration: any bytes end in one that reads back from what is written about it, or in one
// clear line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/config_reading.h"
#include "config/config_reference.h"

namespace pawfect {
namespace {

void expect(bool is_true) {
  if (!is_true) std::abort();
}

void expect_line(const Error& error) {
  expect(error.code == ErrorCode::kUsage);
  expect(!error.message.empty() && error.message.size() < 2'000);
  expect(error.message.find('\n') == std::string::npos);
}

void read(std::string_view text) {
  ConfigReading reading;
  if (const auto good = read_config_text(text, "x.toml", reading); !good)
    return expect_line(good.error());
  if (const auto good = check_config(reading); !good) return expect_line(good.error());
  expect(!config_report(reading).empty());
  for (const ConfigKey& key : config_keys()) {
    std::string line(key.section);
    line.append(".").append(key.name).append(" = ").append(value_text(reading.config, key));
    ConfigReading again;
    expect(read_config_text(line, "y.toml", again).has_value());
    expect(value_text(again.config, key) == value_text(reading.config, key));
  }
}

}  // namespace
}  // namespace pawfect

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pawfect::read(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
