// JSON from outside, read strictly: under a size, not deep, no key twice; members of one type, in
// range. What is wrong comes out as one line that names the member, what was found and what is
// allowed. Pure functions; Fields belongs to the one who reads.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pawfect {

// Ordered as written, so that what is written back looks as it came.
using Json = nlohmann::ordered_json;

struct JsonBounds {
  std::size_t most_bytes = 0;
  int deepest = 0;  // of objects and lists inside each other, the outermost counted
};

// The object that `text` holds. Error (kBadInput): it is too long, too deep, no JSON, no object, or
// has a key twice; the line starts with `name`.
Result<Json> parse_object(std::string_view text, std::string_view name, JsonBounds bounds);

// The value on one line of ASCII, short enough for a message.
std::string shown(const Json& value);

// Reads the members of an object and keeps the first trouble; what is read after it means nothing.
// Members that nobody asks for are passed over. The object outlives this.
class Fields {
 public:
  // `name` stands before the members' names: "job message".
  Fields(const Json& object, std::string_view name) : object_(object), name_(name) {}

  // The member of that name; null, and trouble, when it is not there.
  const Json* needed(std::string_view key);

  std::int64_t whole(std::string_view key, std::int64_t lowest, std::int64_t highest);
  double real(std::string_view key, double lowest, double highest);
  bool boolean(std::string_view key);
  // A text of at most that many bytes.
  std::string text(std::string_view key, std::size_t most_bytes);
  const Json* object(std::string_view key);
  const Json* list(std::string_view key, std::size_t most);

  // A text that `from` makes something of; `allowed` says of what it does.
  template <typename From>
  auto made(std::string_view key, From from, std::string_view allowed) {
    using Made = typename decltype(from(std::string_view()))::value_type;
    const Json* value = needed(key);
    if (value == nullptr) return Made();
    if (value->is_string()) {
      if (auto made = from(value->template get_ref<const std::string&>())) return *std::move(made);
    }
    refuse(key, shown(*value), allowed);
    return Made();
  }

  void refuse(std::string_view key, std::string_view found, std::string_view allowed);
  // As above, for what was found out by somebody else.
  void keep(const Result<void>& other);

  // Nothing, or the first trouble (kBadInput).
  Result<void> verdict() const;

 private:
  const Json& object_;
  std::string name_;
  std::string trouble_;
};

}  // namespace pawfect
