// What a value in the configuration looks like: times and sizes with their unit. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pawfect {

// A whole number and a unit, nothing between: "250ms", "90s", "5m", "24h", "7d". Empty: it is none.
inline constexpr std::string_view kTimeForm =
    "a time with its unit (ms, s, m, h, d), as in \"90s\"";
std::optional<Milliseconds> parse_time(std::string_view text);
// In the largest unit that is exact.
std::string time_text(Milliseconds time);

// The same in bytes: "512B", "64KiB", "32MiB", "2GiB", "1TiB". Empty: it is none.
inline constexpr std::string_view kSizeForm =
    "a size with its unit (B, KiB, MiB, GiB, TiB), as in \"32MiB\"";
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string size_text(std::uint64_t bytes);

// A text from outside, on one line and short enough for a message; the second in quotes.
std::string one_line(std::string_view text, std::size_t most_bytes);
std::string in_quotes(std::string_view text);

}  // namespace pawfect
