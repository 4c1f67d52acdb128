#include "http/ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace pawfect::http {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

enum class RangeKind { kWhole, kPart, kOutside };

struct Range {
  RangeKind kind = RangeKind::kWhole;
  std::uint64_t offset = 0, length = 0;
};

// "bytes=2-5", "bytes=2-", "bytes=-3"
Range parse_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return {};
  const std::string_view range = trimmed(header.substr(kUnit.size()));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return {};
  const std::string_view first = range.substr(0, dash), last = range.substr(dash + 1);
  const auto begin = whole_number(first), end = whole_number(last);
  if (first.empty()) {
    if (!end) return {};
    if (*end == 0 || size == 0) return {RangeKind::kOutside};
    const std::uint64_t length = std::min(*end, size);
    return {RangeKind::kPart, size - length, length};
  }
  if (!begin || (!last.empty() && (!end || *end < *begin))) return {};
  if (*begin >= size) return {RangeKind::kOutside};
  const std::uint64_t stop = last.empty() ? size - 1 : std::min(*end, size - 1);
  return {RangeKind::kPart, *begin, stop - *begin + 1};
}

}  // namespace

bool names_tag(std::string_view list, std::string_view etag, bool strongly) {
  if (trimmed(list) == "*") return true;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view tag = trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (tag.starts_with("W/")) {
      if (strongly) continue;
      tag.remove_prefix(2);
    }
    if (tag == etag) return true;
  }
  return false;
}

PartAnswer answer_part(const Request& request, std::string_view etag, std::uint64_t size) {
  PartAnswer answer{200, 0, size, {{"ETag", std::string(etag)}, {"Accept-Ranges", "bytes"}}};
  const std::string_view match = request.header("if-match");
  if (!match.empty() && !names_tag(match, etag, true)) {
    answer.status = 412;
    answer.length = 0;
    return answer;
  }
  const std::string_view none_match = request.header("if-none-match");
  if (!none_match.empty() && names_tag(none_match, etag, false)) {
    answer.status = 304;
    answer.length = 0;
    return answer;
  }
  // A part of something else is of no use to him who has a part of this.
  const std::string_view if_range = request.header("if-range");
  if (!if_range.empty() && !names_tag(if_range, etag, true)) return answer;
  const Range range = parse_range(request.header("range"), size);
  if (range.kind == RangeKind::kWhole) return answer;
  if (range.kind == RangeKind::kOutside) {
    answer.status = 416;
    answer.length = 0;
    answer.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
    return answer;
  }
  answer.status = 206;
  answer.offset = range.offset;
  answer.length = range.length;
  answer.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", range.offset,
                                                           range.offset + range.length - 1, size));
  return answer;
}

}  // namespace pawfect::http
