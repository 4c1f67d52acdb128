// multipart/form-data (RFC 7578), read piece by piece: the parser is fed with bytes in pieces of
// any size and tells what they mean; nothing but a part's head is kept. Belongs to one thread.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/problem.h"

namespace pawfect::http {

struct PartHead {
  std::string name;       // of the field
  std::string file_name;  // as the client calls it; for messages, never for a path
  std::string content_type;
};

// The boundary of a Content-Type; empty: it is no multipart/form-data, or has none that may be.
std::optional<std::string> multipart_boundary(std::string_view content_type);

class MultipartParser {
 public:
  static constexpr std::size_t kMostHeadBytes = 8 * 1024;
  static constexpr int kMostHeadFields = 16;
  static constexpr int kMostParts = 32;

  // What a piece of the body turned out to be.
  enum class Event { kNeedMore, kPartBegins, kData, kPartEnds, kEnd };

  explicit MultipartParser(std::string_view boundary)
      : delimiter_("\r\n--" + std::string(boundary)) {}

  // Takes more bytes, when kNeedMore was told: they are copied, and kept until their meaning is.
  void feed(std::string_view bytes) { kept_.append(bytes); }

  // What comes next. Problem (400): not a multipart, too many parts, a head that is too long, has
  // no name, or one with control characters.
  std::expected<Event, Problem> next();

  const PartHead& head() const { return head_; }   // after kPartBegins
  std::string_view data() const { return data_; }  // after kData; until the next call

  // The body is over: true when it ended as it should.
  bool is_whole() const { return state_ == State::kEnded; }

 private:
  enum class State { kPreamble, kBoundaryLine, kHead, kData, kEnded };

  std::expected<Event, Problem> read_head();
  Event read_data();

  std::string delimiter_;      // with the line's end before it
  std::string kept_ = "\r\n";  // the first boundary has no line before it
  std::size_t used_ = 0;       // of kept_, that was told of
  std::string data_;
  PartHead head_;
  State state_ = State::kPreamble;
  int parts_ = 0;
};

}  // namespace pawfect::http
