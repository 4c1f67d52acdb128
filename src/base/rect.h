// A rectangle in pixels: left/top inclusive, width/height in pixels, y grows downwards. Value type.
#pragma once

#include <algorithm>
#include <cstdint>

namespace pawfect {

struct PixelRect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  int right() const { return x + width; }    // first column outside
  int bottom() const { return y + height; }  // first row outside
  bool is_empty() const { return width <= 0 || height <= 0; }
  std::int64_t area() const { return is_empty() ? 0 : std::int64_t{width} * height; }
  bool contains(int px, int py) const {
    return px >= x && py >= y && px < right() && py < bottom();
  }

  bool operator==(const PixelRect&) const = default;
};

inline PixelRect intersection(const PixelRect& a, const PixelRect& b) {
  const int x = std::max(a.x, b.x);
  const int y = std::max(a.y, b.y);
  return {x, y, std::max(0, std::min(a.right(), b.right()) - x),
          std::max(0, std::min(a.bottom(), b.bottom()) - y)};
}

// Smallest rectangle that holds both; an empty one counts for nothing.
inline PixelRect bounding(const PixelRect& a, const PixelRect& b) {
  if (a.is_empty()) return b;
  if (b.is_empty()) return a;
  const int x = std::min(a.x, b.x);
  const int y = std::min(a.y, b.y);
  return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

}  // namespace pawfect
