#include "config/config_key.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <type_traits>
#include <utility>

#include "config/config_value.h"

namespace pawfect {
namespace {

constexpr std::size_t kMostTextBytes = 2000;
constexpr std::size_t kMostTexts = 100;

template <typename T>
inline constexpr bool kIsTimes = false;
template <std::size_t n>
inline constexpr bool kIsTimes<std::array<Milliseconds, n>> = true;

// How many times a list of times has; 0: it is none.
std::size_t list_length(const Place& place) {
  ServiceConfig any;
  return std::visit(
      [&](auto at) -> std::size_t {
        if constexpr (kIsTimes<std::remove_reference_t<decltype(at(any))>>) return at(any).size();
        return 0;
      },
      place);
}

bool is_in_range(const ConfigKey& key, std::int64_t number) {
  return number >= key.lowest && number <= key.highest;
}

bool is_text(const ConfigKey& key, std::string_view text) {
  const bool has_control = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (has_control || text.size() > kMostTextBytes) return false;
  return key.accepts == nullptr || key.accepts(text);
}

// The number that a value means to the key: itself, milliseconds or bytes.
std::optional<std::int64_t> number_of(const ConfigKey& key, const ConfigValue& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (key.form == Form::kNumber) return number == nullptr ? std::nullopt : std::optional(*number);
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  if (key.form == Form::kTime) {
    const auto time = parse_time(*text);
    return time ? std::optional(time->count()) : std::nullopt;
  }
  const auto size = parse_size(*text);
  return size ? std::optional(std::int64_t(*size)) : std::nullopt;
}

template <typename Number>
bool set_number(Number& target, const ConfigKey& key, const ConfigValue& value) {
  auto number = number_of(key, value);
  if (!number || !is_in_range(key, *number)) return false;
  if (key.form == Form::kTime) {  // kept in whole seconds
    if (*number % 1000 != 0) return false;
    *number /= 1000;
  }
  target = static_cast<Number>(*number);
  return true;
}

bool set_to(Milliseconds& target, const ConfigKey& key, const ConfigValue& value) {
  const auto number = number_of(key, value);
  if (!number || !is_in_range(key, *number)) return false;
  target = Milliseconds(*number);
  return true;
}

bool set_to(int& target, const ConfigKey& key, const ConfigValue& value) {
  return set_number(target, key, value);
}
bool set_to(std::int64_t& target, const ConfigKey& key, const ConfigValue& value) {
  return set_number(target, key, value);
}
bool set_to(std::uint64_t& target, const ConfigKey& key, const ConfigValue& value) {
  return set_number(target, key, value);
}

bool set_to(double& target, const ConfigKey& key, const ConfigValue& value) {
  double number = 0;
  if (const auto* real = std::get_if<double>(&value)) {
    number = *real;
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    number = static_cast<double>(*whole);
  } else {
    return false;
  }
  if (!(number >= double(key.lowest) && number <= double(key.highest))) return false;
  target = number;
  return true;
}

template <typename Text>
bool set_text(Text& target, const ConfigKey& key, const ConfigValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return false;
  // What is empty by itself may be set so.
  if (!(text->empty() && target.empty()) && !is_text(key, *text)) return false;
  target = *text;
  return true;
}

bool set_to(std::string& target, const ConfigKey& key, const ConfigValue& value) {
  return set_text(target, key, value);
}
bool set_to(std::filesystem::path& target, const ConfigKey& key, const ConfigValue& value) {
  return set_text(target, key, value);
}

bool set_to(std::vector<std::string>& target, const ConfigKey& key, const ConfigValue& value) {
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  if (texts == nullptr || texts->size() > kMostTexts) return false;
  if (!std::ranges::all_of(*texts, [&](const auto& text) { return is_text(key, text); }))
    return false;
  target = *texts;
  return true;
}

template <std::size_t n>
bool set_to(std::array<Milliseconds, n>& target, const ConfigKey& key, const ConfigValue& value) {
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  if (texts == nullptr || texts->size() != n) return false;
  std::array<Milliseconds, n> times;
  for (std::size_t i = 0; i < n; ++i) {
    const auto time = parse_time((*texts)[i]);
    if (!time || !is_in_range(key, time->count())) return false;
    times[i] = *time;
  }
  target = times;
  return true;
}

std::string toml_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

template <typename Texts, typename Show>
std::string toml_list(const Texts& texts, Show show) {
  std::vector<std::string> shown;
  for (const auto& text : texts) shown.push_back(toml_text(show(text)));
  return fmt::format("[{}]", fmt::join(shown, ", "));
}

std::string range_text(const ConfigKey& key) {
  if (key.form == Form::kSize)
    return fmt::format("{} to {}", size_text(std::uint64_t(key.lowest)),
                       size_text(std::uint64_t(key.highest)));
  if (key.form == Form::kTime || key.form == Form::kTimes)
    return fmt::format("{} to {}", time_text(Milliseconds(key.lowest)),
                       time_text(Milliseconds(key.highest)));
  return fmt::format("{} to {}", key.lowest, key.highest);
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    parts.emplace_back(part);
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return is_whole ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string variable_name(const ConfigKey& key) {
  std::string name = fmt::format("PAWFECT_{}_{}", key.section, key.name);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

std::string allowed_values(const ConfigKey& key) {
  switch (key.form) {
    case Form::kText:
      return key.allowed.empty() ? "a text" : std::string(key.allowed);
    case Form::kNumber:
      return fmt::format("a whole number, {}", range_text(key));
    case Form::kReal:
      return fmt::format("a number, {}", range_text(key));
    case Form::kTime:
      return fmt::format("{}: {}{}", kTimeForm, range_text(key),
                         std::holds_alternative<Milliseconds& (*)(ServiceConfig&)>(key.place)
                             ? ""
                             : ", whole seconds");
    case Form::kSize:
      return fmt::format("{}: {}", kSizeForm, range_text(key));
    case Form::kTexts:
      return fmt::format("a list of at most {}, each {}", kMostTexts, key.allowed);
    case Form::kTimes:
      return fmt::format("a list of {}, each {}: {}", list_length(key.place), kTimeForm,
                         range_text(key));
  }
  return {};
}

std::string short_allowed_values(const ConfigKey& key) {
  switch (key.form) {
    case Form::kText:
    case Form::kTexts:
      return allowed_values(key);
    case Form::kTimes:
      return fmt::format("{} of {}", list_length(key.place), range_text(key));
    default:
      return range_text(key);
  }
}

bool set_value(ServiceConfig& config, const ConfigKey& key, const ConfigValue& value) {
  return std::visit([&](auto at) { return set_to(at(config), key, value); }, key.place);
}

ConfigValue value_of_variable(const ConfigKey& key, std::string_view text) {
  if (key.form == Form::kNumber) {
    if (const auto number = parse_number<std::int64_t>(text)) return *number;
  }
  if (key.form == Form::kReal) {
    if (const auto number = parse_number<double>(text)) return *number;
  }
  if (key.form == Form::kTexts || key.form == Form::kTimes) return split_at_commas(text);
  return std::string(text);
}

std::string value_text(const ServiceConfig& config, const ConfigKey& key) {
  ServiceConfig copy = config;  // places are for writing
  return std::visit(
      [&](auto at) -> std::string {
        const auto& value = at(copy);
        using Value = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::string>) return toml_text(value);
        if constexpr (std::is_same_v<Value, std::filesystem::path>)
          return toml_text(value.string());
        if constexpr (std::is_same_v<Value, double>) return fmt::format("{}", value);
        if constexpr (std::is_same_v<Value, Milliseconds>) return toml_text(time_text(value));
        if constexpr (std::is_same_v<Value, std::vector<std::string>>)
          return toml_list(value, std::identity());
        if constexpr (kIsTimes<Value>) return toml_list(value, time_text);
        if constexpr (std::is_integral_v<Value>) {
          if (key.form == Form::kSize) return toml_text(size_text(std::uint64_t(value)));
          if (key.form == Form::kTime)
            return toml_text(time_text(Milliseconds(std::int64_t(value) * 1000)));
          return fmt::format("{}", value);
        }
      },
      key.place);
}

}  // namespace pawfect
