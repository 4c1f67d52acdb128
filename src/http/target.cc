#include "http/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace pawfect::http {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::unexpected<Problem> bad(std::string_view detail) {
  return std::unexpected(Problem{400, "bad-target", std::string(detail)});
}

// "http://host/path?a=b" -> "/path", "a=b"
std::pair<std::string_view, std::string_view> path_and_query(std::string_view target) {
  const std::size_t question = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, question);
  const std::string_view query = target.substr(std::min(question + 1, target.size()));
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!path.starts_with(scheme)) continue;
    const std::size_t end = path.find('/', scheme.size());
    path = end == std::string_view::npos ? "/" : path.substr(end);
  }
  return {path, query};
}

std::expected<std::string, Problem> decoded_path(std::string_view path) {
  if (!path.starts_with('/')) return bad("the path does not begin with '/'");
  std::string out;
  std::size_t begin = 1;
  while (true) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const auto part = percent_decoded(path.substr(begin, end - begin));
    if (!part || !is_utf8(*part))
      return bad("the path has a percent sign or a byte that stands for nothing allowed");
    if (*part == "." || *part == "..") return bad("the path has a part '.' or '..'");
    if (part->find_first_of("/\\") != std::string::npos)
      return bad("the path has an escaped '/' or a '\\'");
    out += '/';
    out += *part;
    if (end == path.size()) return out;
    begin = end + 1;
  }
}

std::expected<Texts, Problem> decoded_query(std::string_view query) {
  Texts members;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    std::string_view member = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (member.empty()) continue;
    if (members.size() == Target::kMostQueryMembers)
      return bad(fmt::format("the query has more than {} members", Target::kMostQueryMembers));
    const std::size_t equals = std::min(member.find('='), member.size());
    std::string value(member.substr(std::min(equals + 1, member.size())));
    std::ranges::replace(value, '+', ' ');
    const auto name = percent_decoded(member.substr(0, equals));
    const auto text = percent_decoded(value);
    if (!name || !text || !is_utf8(*name) || !is_utf8(*text))
      return bad("the query has a percent sign or a byte that stands for nothing allowed");
    members.emplace_back(*name, *text);
  }
  return members;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0)
        return std::nullopt;
      c = static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    }
    if (is_control(c)) return std::nullopt;
    out += c;
  }
  return out;
}

bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
  };
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned first = byte(i);
    std::size_t length = 0;
    unsigned point = 0, least = 0;
    if (first < 0x80) {
      ++i;
      continue;
    }
    if (first >= 0xc2 && first <= 0xdf) {
      length = 2, point = first & 0x1f, least = 0x80;
    } else if (first >= 0xe0 && first <= 0xef) {
      length = 3, point = first & 0x0f, least = 0x800;
    } else if (first >= 0xf0 && first <= 0xf4) {
      length = 4, point = first & 0x07, least = 0x10000;
    } else {
      return false;
    }
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) return false;
      point = point << 6 | (byte(i + k) & 0x3f);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
    i += length;
  }
  return true;
}

std::expected<Target, Problem> parse_target(std::string_view target) {
  if (target.size() > Target::kMostBytes) {
    return std::unexpected(Problem{414, "target-too-long",
                                   fmt::format("the request's target has {} bytes; {} are allowed",
                                               target.size(), Target::kMostBytes)});
  }
  if (target.find('#') != std::string_view::npos) return bad("the target has a fragment ('#')");
  const auto [raw_path, raw_query] = path_and_query(target);
  auto path = decoded_path(raw_path);
  if (!path) return std::unexpected(std::move(path.error()));
  auto query = decoded_query(raw_query);
  if (!query) return std::unexpected(std::move(query.error()));
  return Target{std::move(*path), std::move(*query)};
}

}  // namespace pawfect::http
