// Conditional and range requests: whatever the headers, the answer lies inside the file and its
// headers say the same as its numbers. The first byte says how large the file is.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/ranges.h"

namespace {

namespace http = pawfect::http;

void expect(bool is_true) {
  if (!is_true) std::abort();
}

std::string header(const http::PartAnswer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint64_t file = data[0] == 255 ? ~std::uint64_t{0} : data[0];
  std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  http::Request request;
  for (const char* name : {"range", "if-range", "if-none-match", "if-match"}) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) request.headers.emplace_back(name, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const http::PartAnswer answer = http::answer_part(request, "\"tag\"", file);
  expect(header(answer, "ETag") == "\"tag\"" && header(answer, "Accept-Ranges") == "bytes");
  const std::string told = header(answer, "Content-Range");
  switch (answer.status) {
    case 200:
      expect(answer.offset == 0 && answer.length == file && told.empty());
      break;
    case 206:
      expect(answer.length > 0 && answer.offset < file && answer.length <= file - answer.offset);
      expect(told ==
             fmt::format("bytes {}-{}/{}", answer.offset, answer.offset + answer.length - 1, file));
      break;
    case 416:
      expect(answer.length == 0 && told == fmt::format("bytes */{}", file));
      break;
    case 304:
      expect(!request.header("if-none-match").empty() && answer.length == 0 && told.empty());
      break;
    default:
      expect(answer.status == 412 && !request.header("if-match").empty() && answer.length == 0);
  }
  return 0;
}
