#include "http/multipart.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/field_text.h"
#include "http/target.h"

namespace pawfect::http {
namespace {

constexpr std::size_t kMostBoundaryBytes = 70;  // RFC 2046
constexpr std::size_t kMostNameBytes = 200;
constexpr std::size_t kMostPreambleBytes = 1024;

std::unexpected<Problem> bad(std::string_view detail) {
  return std::unexpected(Problem{400, "bad-multipart", std::string(detail)});
}

bool is_text(std::string_view text) {
  return is_utf8(text) && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

bool is_boundary_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
}

// A parameter of `value` ("form-data; name=\"image\"; filename=a.jpg"); empty: it is not there.
std::optional<std::string> parameter(std::string_view value, std::string_view wanted) {
  std::size_t at = value.find(';');
  while (at != std::string_view::npos) {
    value.remove_prefix(at + 1);
    const std::size_t equals = value.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string name = lower(trimmed(value.substr(0, equals)));
    value.remove_prefix(equals + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    std::string text;
    if (value.starts_with('"')) {
      std::size_t i = 1;
      for (; i < value.size() && value[i] != '"'; ++i) {
        // A browser escapes a quote as %22; others put a backslash before it.
        if (value[i] == '\\' && i + 1 < value.size()) ++i;
        text += value[i];
      }
      if (i >= value.size()) return std::nullopt;
      value.remove_prefix(i + 1);
    } else {
      const std::size_t end = std::min(value.find(';'), value.size());
      text = trimmed(value.substr(0, end));
      value.remove_prefix(end);
    }
    if (name == wanted) return text;
    at = value.find(';');
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
  if (lower(type) != "multipart/form-data") return std::nullopt;
  auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMostBoundaryBytes ||
      boundary->ends_with(' ') || !std::ranges::all_of(*boundary, is_boundary_character))
    return std::nullopt;
  return boundary;
}

std::expected<MultipartParser::Event, Problem> MultipartParser::next() {
  kept_.erase(0, used_);
  used_ = 0;
  switch (state_) {
    case State::kPreamble: {
      const std::size_t at = kept_.find(delimiter_);
      const bool is_far = at == std::string::npos
                              ? kept_.size() >= kMostPreambleBytes + delimiter_.size()
                              : at > kMostPreambleBytes;
      if (is_far) return bad("the body does not begin with the boundary that Content-Type names");
      if (at == std::string::npos) return Event::kNeedMore;
      used_ = at + delimiter_.size();
      state_ = State::kBoundaryLine;
      return next();
    }
    case State::kBoundaryLine: {
      // Behind the boundary: "--" at the end of all, else blanks and the line's end.
      if (kept_.size() < 2) return Event::kNeedMore;
      if (kept_.starts_with("--")) {
        state_ = State::kEnded;
        return Event::kEnd;
      }
      const std::size_t end = std::min(kept_.find_first_not_of(" \t"), kept_.size());
      if (end > kMostBoundaryBytes) return bad("a boundary's line does not end");
      const std::string_view rest = std::string_view(kept_).substr(end, 2);
      if (!std::string_view("\r\n").starts_with(rest))
        return bad("something stands behind a boundary");
      if (rest.size() < 2) return Event::kNeedMore;
      if (++parts_ > kMostParts) return bad(fmt::format("more than {} parts", kMostParts));
      // The line's end stays: a head may be empty.
      used_ = end;
      state_ = State::kHead;
      return next();
    }
    case State::kHead:
      return read_head();
    case State::kData:
      return read_data();
    case State::kEnded:
      kept_.clear();  // what stands behind the end means nothing
      return Event::kEnd;
  }
  return Event::kNeedMore;
}

std::expected<MultipartParser::Event, Problem> MultipartParser::read_head() {
  const std::size_t end = kept_.find("\r\n\r\n");
  const bool is_long =
      end == std::string::npos ? kept_.size() >= kMostHeadBytes + 4 : end > kMostHeadBytes;
  if (is_long) return bad(fmt::format("a part's head has more than {} bytes", kMostHeadBytes));
  if (end == std::string::npos) return Event::kNeedMore;
  head_ = {};
  bool has_name = false;
  int fields = 0;
  std::string_view lines = std::string_view(kept_).substr(0, end);
  while (!lines.empty()) {
    lines.remove_prefix(2);
    const std::size_t stop = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, stop);
    lines.remove_prefix(stop);
    if (++fields > kMostHeadFields)
      return bad(fmt::format("a part's head has more than {} fields", kMostHeadFields));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return bad("a line of a part's head has no ':'");
    const std::string field = lower(trimmed(line.substr(0, colon)));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (field.empty()) return bad("a line of a part's head has no name");
    if (field == "content-type") head_.content_type = value;
    if (field != "content-disposition") continue;
    const auto name = parameter(value, "name");
    if (!lower(value).starts_with("form-data") || !name) continue;
    has_name = true;
    head_.name = *name;
    head_.file_name = parameter(value, "filename").value_or("");
  }
  if (!has_name || head_.name.empty())
    return bad("a part has no name (Content-Disposition: form-data; name=\"...\")");
  if (head_.name.size() > kMostNameBytes || !is_text(head_.name) || !is_text(head_.file_name))
    return bad("a part's name is too long, no UTF-8, or has control characters");
  used_ = end + 4;
  state_ = State::kData;
  return Event::kPartBegins;
}

MultipartParser::Event MultipartParser::read_data() {
  const std::size_t at = kept_.find(delimiter_);
  if (at == 0) {
    used_ = delimiter_.size();
    state_ = State::kBoundaryLine;
    return Event::kPartEnds;
  }
  // Without a delimiter in sight the last bytes may be the beginning of one.
  const std::size_t sure =
      at != std::string::npos ? at : kept_.size() - std::min(kept_.size(), delimiter_.size() - 1);
  if (sure == 0) return Event::kNeedMore;
  data_.assign(kept_, 0, sure);
  used_ = sure;
  return Event::kData;
}

}  // namespace pawfect::http
