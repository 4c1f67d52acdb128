#include "http/exchange.h"

#include <fmt/format.h>

namespace pawfect::http {
namespace {

std::string_view find(const Texts& texts, std::string_view name) {
  for (const auto& [key, value] : texts) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

std::string_view Request::header(std::string_view lower_case_name) const {
  return find(headers, lower_case_name);
}

std::string_view Request::part(std::string_view name) const { return find(parts, name); }

std::optional<std::string> Request::query_value(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Response json_response(int status, std::string text, Texts headers) {
  headers.emplace_back("Content-Type", "application/json");
  return {status, std::move(headers), std::move(text)};
}

Response problem_response(const Problem& problem) {
  Texts headers{{"Content-Type", "application/problem+json"}};
  if (problem.retry_after_s)
    headers.emplace_back("Retry-After", fmt::format("{}", *problem.retry_after_s));
  return {problem.status, std::move(headers), to_text(problem)};
}

}  // namespace pawfect::http
