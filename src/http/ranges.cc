#include "http/ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "http/field_text.h"

namespace pawfect::http {
namespace {

constexpr std::string_view kWeak = "W/";

enum class RangeKind { kWhole, kPart, kOutside };

struct Range {
  RangeKind kind = RangeKind::kWhole;
  std::uint64_t offset = 0, length = 0;
};

// "bytes=2-5", "bytes=2-", "bytes=-3"
Range parse_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (lower(header.substr(0, kUnit.size())) != kUnit) return {};
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
  const bool is_weak = etag.starts_with(kWeak);
  if (is_weak && strongly) return false;
  if (is_weak) etag.remove_prefix(kWeak.size());
  while (!(list = trimmed(list)).empty()) {
    if (list.starts_with(',')) {
      list.remove_prefix(1);
      continue;
    }
    const bool is_other_weak = list.starts_with(kWeak);
    if (is_other_weak) list.remove_prefix(kWeak.size());
    // A tag may have commas in it, but no quote.
    const std::size_t end = list.find('"', 1);
    if (!list.starts_with('"') || end == std::string_view::npos) return false;
    if (list.substr(0, end + 1) == etag && !(is_other_weak && strongly)) return true;
    list.remove_prefix(end + 1);
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
  if (!if_range.empty() && (if_range != etag || etag.starts_with(kWeak))) return answer;
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
