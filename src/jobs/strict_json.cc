#include "jobs/strict_json.h"

#include <fmt/format.h>

#include <set>
#include <vector>

namespace pawfect {
namespace {

constexpr std::size_t kMostShown = 80;

}  // namespace

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > kMostShown) text = text.substr(0, kMostShown - 3) + "...";
  return text;
}

Result<Json> parse_object(std::string_view text, std::string_view name, JsonBounds bounds) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kBadInput, fmt::format("{}: {}", name, why));
  };
  if (text.size() > bounds.most_bytes) {
    return refuse(fmt::format("{} bytes; allowed are at most {}", text.size(), bounds.most_bytes));
  }
  using Event = Json::parse_event_t;
  std::string trouble;
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Event event, const Json& value) {
    if (!trouble.empty()) return false;
    const bool starts = event == Event::object_start || event == Event::array_start;
    // What is deeper is not kept: writing or freeing it would take as much stack.
    if (starts && depth >= bounds.deepest) {
      trouble = fmt::format("over {} levels deep; make it flatter", bounds.deepest);
      return false;
    }
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(value.get<std::string>()).second)
      trouble = fmt::format("{} stands there twice; keep one", shown(value));
    return true;
  };
  Json json = Json::parse(text, watch, false);
  if (!trouble.empty()) return refuse(trouble);
  if (json.is_discarded()) return refuse("it is no JSON");
  if (!json.is_object()) return refuse(fmt::format("found {}; allowed is an object", shown(json)));
  return json;
}

void Fields::refuse(std::string_view key, std::string_view found, std::string_view allowed) {
  if (trouble_.empty())
    trouble_ = fmt::format("{}: {}: found {}; allowed: {}", name_, key, found, allowed);
}

void Fields::keep(const Result<void>& other) {
  if (trouble_.empty() && !other) trouble_ = other.error().message;
}

Result<void> Fields::verdict() const {
  if (!trouble_.empty()) return fail(ErrorCode::kBadInput, trouble_);
  return {};
}

const Json* Fields::needed(std::string_view key) {
  const auto found = object_.find(std::string(key));
  if (found != object_.end()) return &*found;
  refuse(key, "nothing", "one that is there");
  return nullptr;
}

std::int64_t Fields::whole(std::string_view key, std::int64_t lowest, std::int64_t highest) {
  const Json* value = needed(key);
  if (value == nullptr) return lowest;
  if (value->is_number_integer()) {
    // Over half of the unsigned numbers would turn negative.
    const bool is_huge =
        value->is_number_unsigned() && value->get<std::uint64_t>() > std::uint64_t(INT64_MAX);
    const auto number = is_huge ? INT64_MAX : value->get<std::int64_t>();
    if (!is_huge && number >= lowest && number <= highest) return number;
  }
  refuse(key, shown(*value), fmt::format("a whole number, {} to {}", lowest, highest));
  return lowest;
}

double Fields::real(std::string_view key, double lowest, double highest) {
  const Json* value = needed(key);
  if (value == nullptr) return lowest;
  if (value->is_number()) {
    const auto number = value->get<double>();
    if (number >= lowest && number <= highest) return number;
  }
  refuse(key, shown(*value), fmt::format("a number, {} to {}", lowest, highest));
  return lowest;
}

bool Fields::boolean(std::string_view key) {
  const Json* value = needed(key);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  refuse(key, shown(*value), "true, false");
  return false;
}

std::string Fields::text(std::string_view key, std::size_t most_bytes) {
  const Json* value = needed(key);
  if (value == nullptr) return {};
  if (value->is_string() && value->get_ref<const std::string&>().size() <= most_bytes)
    return value->get<std::string>();
  refuse(key, shown(*value), fmt::format("a text of at most {} bytes", most_bytes));
  return {};
}

const Json* Fields::object(std::string_view key) {
  const Json* value = needed(key);
  if (value == nullptr || value->is_object()) return value;
  refuse(key, shown(*value), "an object");
  return nullptr;
}

const Json* Fields::list(std::string_view key, std::size_t most) {
  const Json* value = needed(key);
  if (value == nullptr || (value->is_array() && value->size() <= most)) return value;
  refuse(key, shown(*value), fmt::format("a list of at most {}", most));
  return nullptr;
}

}  // namespace pawfect
