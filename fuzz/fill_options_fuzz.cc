// What a client asks of a fill: any bytes, as JSON or as a form's field, end in options that read
// back as themselves, or in one clear line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "worker/fill_options.h"

namespace {

void expect(bool is_true) {
  if (!is_true) std::abort();
}

void expect_line(const std::string& line) {
  expect(!line.empty() && line.size() < 400 && line.find('\n') == std::string::npos);
}

void expect_reads_back(const pawfect::FillOptions& options) {
  const auto again = pawfect::parse_fill_options(pawfect::to_text(options), {});
  expect(again && *again == options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto options = pawfect::parse_fill_options(text, {})) {
    expect_reads_back(*options);
  } else {
    expect_line(options.error().message);
  }
  // The same bytes as "name=value".
  const std::size_t sign = text.find('=');
  if (sign == std::string_view::npos) return 0;
  pawfect::FillOptions options;
  const auto set =
      pawfect::set_fill_option(options, text.substr(0, sign), text.substr(sign + 1), {});
  if (!set) expect_line(set.error().message);
  expect_reads_back(options);
  return 0;
}
