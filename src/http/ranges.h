// Conditional and range requests (RFC 9110, 13 and 14) on something that never changes: what to
// answer for a request's headers, an entity tag and a size. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/exchange.h"

namespace pawfect::http {

struct PartAnswer {
  int status = 200;                      // 200, 206, 304, 412 or 416
  std::uint64_t offset = 0, length = 0;  // of what is sent with 200 and 206
  Texts headers;                         // ETag, Accept-Ranges, Content-Range
};

// `etag` with its quotes. One range is answered; several, or one that makes no sense, are passed
// over and the whole is sent.
PartAnswer answer_part(const Request& request, std::string_view etag, std::uint64_t size);

// Whether a list as in If-None-Match ("*", "a", W/"b") names the tag; `strongly`: weak ones count
// for nothing.
bool names_tag(std::string_view list, std::string_view etag, bool strongly);

}  // namespace pawfect::http
