// A request's target: any bytes end in a path that means one thing, or in one clear line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/target.h"

namespace {

namespace http = pawfect::http;

void expect(bool is_true) {
  if (!is_true) std::abort();
}

void expect_text(std::string_view text) {
  expect(http::is_utf8(text));
  for (const char c : text) expect(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

// What decodes to the text, whatever it is.
std::string encoded(std::string_view text, bool keeps_slash) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (c == '/' && keeps_slash) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto target = http::parse_target(text);
  if (!target) {
    const auto& problem = target.error();
    expect(problem.status == 400 || problem.status == 414);
    expect(!problem.detail.empty() && problem.detail.find('\n') == std::string::npos);
    return 0;
  }
  expect(size <= http::Target::kMostBytes && target->path.starts_with('/'));
  expect_text(target->path);
  const std::string framed = target->path + '/';
  expect(framed.find("/../") == std::string::npos && framed.find("/./") == std::string::npos);
  expect(target->path.find('\\') == std::string::npos);
  expect(target->query.size() <= http::Target::kMostQueryMembers);
  std::string again = encoded(target->path, true);
  char mark = '?';
  for (const auto& [name, value] : target->query) {
    expect_text(name);
    expect_text(value);
    again += mark;
    again.append(encoded(name, false)).append("=").append(encoded(value, false));
    mark = '&';
  }
  if (again.size() > http::Target::kMostBytes) return 0;
  const auto same = http::parse_target(again);
  expect(same && same->path == target->path && same->query == target->query);
  return 0;
}
