// Checked arithmetic for every size that is computed from outside data: no product or sum of such
// sizes is formed with a raw operator. Pure functions.
#pragma once

#include <concepts>
#include <optional>

namespace pawfect {

template <std::integral T>
std::optional<T> checked_add(T a, T b) {
  T out;
  if (__builtin_add_overflow(a, b, &out)) return std::nullopt;
  return out;
}

template <std::integral T>
std::optional<T> checked_multiply(T a, T b) {
  T out;
  if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
  return out;
}

// Product of any number of factors, empty on overflow.
template <std::integral T, std::same_as<T>... Rest>
std::optional<T> checked_product(T first, Rest... rest) {
  std::optional<T> out = first;
  ((out = out ? checked_multiply(*out, rest) : out), ...);
  return out;
}

}  // namespace pawfect
