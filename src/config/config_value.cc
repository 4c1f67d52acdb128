#include "config/config_value.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <span>

namespace pawfect {
namespace {

constexpr std::size_t kMostShown = 80;

struct Unit {
  std::string_view name;
  std::uint64_t in_small_ones;
};
// The largest first.
constexpr Unit kTimeUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr Unit kSizeUnits[] = {
    {"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"B", 1}};

std::optional<std::uint64_t> parse_amount(std::string_view text, std::span<const Unit> units) {
  const char* end = text.data() + text.size();
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr == text.data()) return std::nullopt;
  const std::string_view name(read.ptr, static_cast<std::size_t>(end - read.ptr));
  for (const Unit& unit : units) {
    if (name != unit.name) continue;
    const auto most = std::uint64_t(std::numeric_limits<std::int64_t>::max()) / unit.in_small_ones;
    if (number > most) return std::nullopt;
    return number * unit.in_small_ones;
  }
  return std::nullopt;
}

std::string amount_text(std::uint64_t amount, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (amount % unit.in_small_ones == 0 && amount > 0)
      return fmt::format("{}{}", amount / unit.in_small_ones, unit.name);
  }
  return {};
}

}  // namespace

std::optional<Milliseconds> parse_time(std::string_view text) {
  const auto amount = parse_amount(text, kTimeUnits);
  if (!amount) return std::nullopt;
  return Milliseconds(static_cast<std::int64_t>(*amount));
}

std::string time_text(Milliseconds time) {
  return time.count() <= 0 ? "0s" : amount_text(std::uint64_t(time.count()), kTimeUnits);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_amount(text, kSizeUnits);
}

std::string size_text(std::uint64_t bytes) {
  return bytes == 0 ? "0B" : amount_text(bytes, kSizeUnits);
}

std::string one_line(std::string_view text, std::size_t most_bytes) {
  std::string line;
  for (const char c : text.substr(0, most_bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return text.size() > most_bytes ? line + "..." : line;
}

std::string in_quotes(std::string_view text) {
  return fmt::format("\"{}\"", one_line(text, kMostShown));
}

}  // namespace pawfect
