#include "store/s3_xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

namespace pawfect {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}
bool is_blank(std::string_view text) {
  return text.find_first_not_of(kBlank) == std::string_view::npos;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6);
  } else if (code < 0x10000) {
    add(0xe0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3f));
  } else {
    add(0xf0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3f));
    add(0x80 | (code >> 6 & 0x3f));
  }
  add(0x80 | (code & 0x3f));
}

// What stands between '&' and ';'.
std::optional<std::uint32_t> entity(std::string_view name) {
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, meaning] : kNamed)
    if (name == known) return static_cast<std::uint32_t>(meaning);
  if (!name.starts_with('#')) return std::nullopt;
  const bool is_hexadecimal = name.starts_with("#x");
  name.remove_prefix(is_hexadecimal ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, problem] =
      std::from_chars(name.data(), name.data() + name.size(), code, is_hexadecimal ? 16 : 10);
  if (problem != std::errc() || end != name.data() + name.size()) return std::nullopt;
  if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return std::nullopt;
  return code;
}

class Reader {
 public:
  Reader(std::string_view text, S3XmlVisitor& visitor) : text_(text), visitor_(visitor) {}

  Result<void> read() {
    if (rest().starts_with("<?xml")) {
      const std::size_t end = rest().substr(0, 200).find("?>");
      if (end == std::string_view::npos) return broken("an XML declaration without an end");
      at_ += end + 2;
    }
    bool is_over = false;
    while (at_ < text_.size()) {
      const std::size_t start = at_;
      const Result<void> step = rest().starts_with("</")  ? end_element()
                                : rest().starts_with('<') ? begin_element()
                                                          : text();
      if (!step) return step;
      if (is_over && !is_blank(text_.substr(start, at_ - start)))
        return broken("something behind the end");
      is_over = is_over || (path_.empty() && text_[at_ - 1] == '>');
    }
    if (!is_over) return broken("the end is missing");
    return {};
  }

 private:
  struct Element {
    std::string text;
    bool has_elements = false;
  };

  std::string_view rest() const { return text_.substr(at_); }
  bool skip(std::string_view what) {
    if (!rest().starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  void skip_blank() { at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size()); }

  std::unexpected<Error> broken(std::string_view what) const {
    return fail(ErrorCode::kUnavailable,
                fmt::format("an answer that cannot be read: {} at byte {}", what, at_));
  }

  // Empty: there is none.
  std::string_view name() {
    const std::size_t start = at_;
    if (at_ < text_.size() && is_letter(text_[at_]))
      while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  bool attribute() {
    if (name().empty() || !skip("=")) return false;
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '"' && quote != '\'') return false;
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos || text_.substr(at_, end - at_).contains('<')) return false;
    at_ = end + 1;
    return true;
  }

  Result<void> begin_element() {
    ++at_;
    const std::string_view named = name();
    if (named.empty()) return broken("no name of an element");
    if (path_.size() == S3XmlVisitor::kMostDepth) return broken("too many levels");
    if (!open_.empty()) open_.back().has_elements = true;
    path_.push_back(named);
    open_.emplace_back();
    if (const auto begun = visitor_.begin(path_); !begun) return begun;
    while (true) {
      const std::size_t before = at_;
      skip_blank();
      if (skip("/>")) return end_last();
      if (skip(">")) return {};
      if (at_ == before || !attribute()) return broken("no attribute and no end of a tag");
    }
  }

  Result<void> end_element() {
    at_ += 2;
    if (path_.empty() || name() != path_.back()) return broken("the end of another element");
    skip_blank();
    if (!skip(">")) return broken("no end of a tag");
    return end_last();
  }

  Result<void> end_last() {
    const Element last = std::move(open_.back());
    if (last.has_elements && !is_blank(last.text)) return broken("text beside elements");
    if (const auto ended = visitor_.end(path_, last.has_elements ? std::string() : last.text);
        !ended)
      return ended;
    open_.pop_back();
    path_.pop_back();
    return {};
  }

  Result<void> text() {
    const std::string_view piece = rest().substr(0, rest().find('<'));
    if (path_.empty()) {
      if (!is_blank(piece)) return broken("text outside of elements");
      at_ += piece.size();
      return {};
    }
    std::string& out = open_.back().text;
    const std::size_t end = at_ + piece.size();
    while (at_ < end) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < ' ' && !kBlank.contains(c))
        return broken("a control character");
      if (c != '&') {
        out += c;
        ++at_;
        continue;
      }
      const std::string_view after =
          text_.substr(at_ + 1, std::min<std::size_t>(12, end - at_ - 1));
      const std::size_t length = after.find(';');
      const auto code =
          length == std::string_view::npos ? std::nullopt : entity(after.substr(0, length));
      if (!code) return broken("an unknown entity");
      append_utf8(out, *code);
      at_ += length + 2;
    }
    return {};
  }

  std::string_view text_;
  S3XmlVisitor& visitor_;
  std::size_t at_ = 0;
  std::vector<std::string_view> path_;
  std::vector<Element> open_;  // as many as in path_
};

class CodeVisitor : public S3XmlVisitor {
 public:
  Result<void> begin(Path) override { return {}; }
  Result<void> end(Path path, const std::string& text) override {
    if (path.size() == 2 && path[0] == "Error" && path[1] == "Code") code_ = text;
    return {};
  }
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

}  // namespace

Result<void> visit_s3_xml(std::string_view text, S3XmlVisitor& visitor) {
  return Reader(text, visitor).read();
}

std::string s3_error_code(std::string_view body) {
  CodeVisitor visitor;
  // The code counts even when the rest is broken: the body of an error may have been cut.
  [[maybe_unused]] const auto read = visit_s3_xml(body, visitor);
  const std::string& code = visitor.code();
  const bool is_showable = code.size() <= 64 && std::ranges::all_of(code, [](char c) {
                             return (is_letter(c) && c != '_') || (c >= '0' && c <= '9');
                           });
  return is_showable ? code : std::string();
}

}  // namespace pawfect
