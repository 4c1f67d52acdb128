// What the store keeps about a session: any bytes end in a record that reads back as itself, or in
// one clear line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/session_record.h"

namespace {

void expect(bool is_true) {
  if (!is_true) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record =
      pawfect::parse_session_record(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!record) {
    const std::string& line = record.error().message;
    expect(!line.empty() && line.size() < 400 && line.find('\n') == std::string::npos);
    return 0;
  }
  const auto again = pawfect::parse_session_record(pawfect::to_text(*record));
  expect(again && *again == *record);
  return 0;
}
