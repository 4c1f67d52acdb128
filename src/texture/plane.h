// Plane: a vector of numbers whose `resize` leaves new ones unset. Most planes of a window are used
// only near the hole: what is never written costs neither time nor memory. Whoever makes one says
// which part is set.
#pragma once

#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace pawfect::texture {

template <typename T>
struct LeaveUnset : std::allocator<T> {
  template <typename U>
  struct rebind {
    using other = LeaveUnset<U>;
  };
  template <typename U>
  void construct(U* at) noexcept {
    ::new (static_cast<void*>(at)) U;
  }
  template <typename U, typename... Values>
  void construct(U* at, Values&&... values) {
    ::new (static_cast<void*>(at)) U(std::forward<Values>(values)...);
  }
};

template <typename T>
using Plane = std::vector<T, LeaveUnset<T>>;

}  // namespace pawfect::texture
