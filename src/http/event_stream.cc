#include "http/event_stream.h"

#include <fmt/format.h>

#include <algorithm>

namespace pawfect::http {
namespace {

std::string one_line(std::string_view text) {
  std::string line(text);
  std::erase_if(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  return line;
}

}  // namespace

std::string event_text(std::string_view id, std::string_view event, std::string_view data) {
  std::string text = fmt::format("id: {}\nevent: {}\n", one_line(id), one_line(event));
  while (true) {
    const std::size_t end = std::min(data.find('\n'), data.size());
    text += fmt::format("data: {}\n", one_line(data.substr(0, end)));
    if (end == data.size()) break;
    data.remove_prefix(end + 1);
  }
  return text + '\n';
}

std::string event_comment(std::string_view text) { return fmt::format(": {}\n\n", one_line(text)); }

}  // namespace pawfect::http
