#include "http/answer_head.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <string_view>

namespace pawfect::http {
namespace {

void add_header(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  // A value from outside must not begin a line of its own.
  std::ranges::remove_copy_if(value, std::back_inserter(head),
                              [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  head += "\r\n";
}

}  // namespace

bool says_close(const Response& response) {
  return std::ranges::any_of(response.headers, [](const auto& header) {
    return header.first == "Connection" && header.second == "close";
  });
}

std::string answer_head(const Response& response, const Texts& always, Afterwards afterwards) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", response.status,
                  status_title(response.status), fmt::gmtime(std::time(nullptr)));
  for (const auto& [name, value] : response.headers) add_header(head, name, value);
  for (const auto& [name, value] : always) {
    const bool is_there = std::ranges::any_of(
        response.headers, [&name = name](const auto& header) { return header.first == name; });
    if (!is_there) add_header(head, name, value);
  }
  if (afterwards == Afterwards::kClose && !says_close(response)) head += "Connection: close\r\n";
  return head;
}

std::optional<std::uint64_t> answer_length(const Response& response) {
  const int status = response.status;
  if (status < 200 || status == 204 || status == 304) return std::nullopt;
  if (std::holds_alternative<EventStream>(response.body)) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&response.body)) return text->size();
  if (const auto* file = std::get_if<FilePart>(&response.body)) return file->length;
  return 0;
}

}  // namespace pawfect::http
