// What the labeler is asked: any bytes end in a request that reads back as itself, or in one clear
// line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "labeler/label_routes.h"

namespace {

void expect(bool is_true) {
  if (!is_true) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request =
      pawfect::parse_label_request(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!request) {
    const std::string& line = request.error().message;
    expect(!line.empty() && line.size() < 500 && line.find('\n') == std::string::npos);
    return 0;
  }
  const auto again = pawfect::parse_label_request(pawfect::to_text(*request));
  expect(again && again->session == request->session && again->photo == request->photo);
  return 0;
}
