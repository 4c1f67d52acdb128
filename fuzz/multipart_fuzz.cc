// multipart/form-data: any bytes, in pieces of any size, are told of in the same way; nothing is
// told that was not there, and nothing more than the limits allow.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/multipart.h"

namespace {

using pawfect::http::MultipartParser;
using Event = MultipartParser::Event;

void expect(bool is_true) {
  if (!is_true) std::abort();
}

// What the parser told, as one text.
std::string read(std::string_view body, std::size_t piece) {
  MultipartParser parser("B");
  std::string told;
  int parts = 0;
  const std::size_t size = body.size();
  std::size_t data = 0;
  while (true) {
    const auto event = parser.next();
    if (!event) {
      const std::string& line = event.error().detail;
      expect(event.error().status == 400 && !line.empty() && line.size() < 200);
      return told + "!" + line;
    }
    if (*event == Event::kPartBegins) {
      expect(++parts <= MultipartParser::kMostParts);
      const auto& head = parser.head();
      expect(!head.name.empty() && head.file_name.size() <= MultipartParser::kMostHeadBytes);
      told.append("[").append(head.name).append("|").append(head.file_name);
      told.append("|").append(head.content_type).append("]");
    }
    if (*event == Event::kData) {
      expect(!parser.data().empty());
      data += parser.data().size();
      told += parser.data();
    }
    if (*event == Event::kPartEnds) told += ';';
    if (*event != Event::kNeedMore && *event != Event::kEnd) continue;
    if (body.empty()) break;
    parser.feed(body.substr(0, piece));
    body.remove_prefix(std::min(piece, body.size()));
  }
  expect(data <= size);
  return told + (parser.is_whole() ? "." : "...");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The first line is a Content-Type, the rest a body with the boundary "B".
  const std::size_t line = std::min(text.find('\n'), size);
  const auto boundary = pawfect::http::multipart_boundary(text.substr(0, line));
  if (boundary) expect(!boundary->empty() && boundary->size() <= 70);
  const std::string_view body = text.substr(std::min(line + 1, size));
  const std::string at_once = read(body, size + 1);
  // A byte at a time is quadratic in what is kept; inputs are small.
  expect(read(body, 1) == at_once);
  expect(read(body, 1 + size % 7) == at_once);
  return 0;
}
