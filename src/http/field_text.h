// The texts that header fields are made of (RFC 9110, 5.6): blanks around them, letters' case,
// whole numbers. ASCII only. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pawfect::http {

// Without the blanks and tabs around it.
std::string_view trimmed(std::string_view text);

// Letters in lower case.
std::string lower(std::string_view text);

// Digits and nothing else; empty: it is none, or does not fit.
std::optional<std::uint64_t> whole_number(std::string_view text);

}  // namespace pawfect::http
