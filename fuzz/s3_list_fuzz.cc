// The answer to a list: any bytes end in objects that are in order, or in one clear line; and in an
// error's code that can be shown.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/s3_list.h"
#include "store/s3_xml.h"

namespace {

void expect(bool is_true) {
  if (!is_true) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string code = pawfect::s3_error_code(text);
  expect(code.size() <= 64 && std::ranges::all_of(code, [](char c) { return c > ' ' && c < 127; }));
  const auto list = pawfect::parse_s3_list(text);
  if (!list) {
    const std::string& line = list.error().message;
    expect(!line.empty() && line.size() < 400 && line.find('\n') == std::string::npos);
    return 0;
  }
  expect(list->objects.size() <= static_cast<std::size_t>(pawfect::S3List::kMostObjects));
  for (std::size_t k = 0; k < list->objects.size(); ++k) {
    const std::string& key = list->objects[k].key;
    expect(!key.empty() && key.size() <= size);
    expect(k == 0 || list->objects[k - 1].key < key);
  }
  return 0;
}
