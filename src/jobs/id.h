// What jobs and sessions are called: 32 lower-case hexadecimal digits, nothing else, so that an id
// can stand in a path, a key and an address as it is. The types keep the two apart. Value types.
// An Id made from nothing is empty and is no id; every other one has the pattern.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pawfect {

template <typename Kind>
class Id {
 public:
  static constexpr std::size_t kLength = 32;
  static constexpr std::string_view kAllowed = "32 lower-case hexadecimal digits";

  Id() = default;

  // Empty: `text` does not have the pattern.
  static std::optional<Id> from(std::string_view text) {
    const bool is_id = text.size() == kLength && std::ranges::all_of(text, [](char c) {
                         return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                       });
    return is_id ? std::optional(Id(std::string(text))) : std::nullopt;
  }

  const std::string& text() const { return text_; }
  auto operator<=>(const Id&) const = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

using JobId = Id<struct JobKind>;
using SessionId = Id<struct SessionKind>;

}  // namespace pawfect
