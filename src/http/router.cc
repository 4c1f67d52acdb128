#include "http/router.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace pawfect::http {
namespace {

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  path.remove_prefix(1);
  while (true) {
    const std::size_t end = std::min(path.find('/'), path.size());
    parts.emplace_back(path.substr(0, end));
    if (end == path.size()) return parts;
    path.remove_prefix(end + 1);
  }
}

bool is_name(std::string_view part) { return part.starts_with('{'); }

std::optional<Texts> match(const std::vector<std::string>& pattern,
                           const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return std::nullopt;
  Texts found;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!is_name(pattern[i])) {
      if (pattern[i] != path[i]) return std::nullopt;
      continue;
    }
    if (path[i].empty()) return std::nullopt;
    found.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), path[i]);
  }
  return found;
}

void allow(std::string& allowed, std::string_view method) {
  // No method's name has another's in it.
  if (allowed.find(method) != std::string::npos) return;
  if (!allowed.empty()) allowed += ", ";
  allowed += method;
}

}  // namespace

Router::Router(std::vector<Route> routes) {
  for (Route& route : routes) {
    if (route.name.empty()) route.name = route.pattern;
    std::vector<std::string> parts = parts_of(route.pattern);
    const int names = static_cast<int>(std::ranges::count_if(parts, is_name));
    patterns_.push_back({std::move(route), std::move(parts), names});
  }
  std::ranges::stable_sort(patterns_, {}, &Pattern::names);
}

Router::Found Router::find(std::string_view method, std::string_view path) const {
  const std::vector<std::string> parts = parts_of(path);
  Found found;
  for (const Pattern& pattern : patterns_) {
    auto matched = match(pattern.parts, parts);
    if (!matched) continue;
    if (pattern.route.method == method && found.route == nullptr) {
      found.route = &pattern.route;
      found.parts = std::move(*matched);
    }
    allow(found.allowed, pattern.route.method);
    if (pattern.route.method == "GET") allow(found.allowed, "HEAD");
  }
  if (!found.allowed.empty()) allow(found.allowed, "OPTIONS");
  return found;
}

}  // namespace pawfect::http
