#include "image/orient.h"

#include <cstring>

namespace pawfect {
namespace {

// Walks the seen picture in rows; `step` bytes lead from a seen pixel to its right neighbour,
// `jump` from a row to the next, both in the stored picture, starting at `start`.
struct Path {
  std::ptrdiff_t start, step, jump;
};

Path path_of(int orientation, std::ptrdiff_t width, std::ptrdiff_t height, std::ptrdiff_t pixel) {
  const std::ptrdiff_t row = width * pixel;
  const std::ptrdiff_t right = row - pixel, bottom = (height - 1) * row;
  switch (orientation) {
    case 2:
      return {right, -pixel, row};
    case 3:
      return {bottom + right, -pixel, -row};
    case 4:
      return {bottom, pixel, -row};
    case 5:
      return {0, row, pixel};
    case 6:
      return {bottom, -row, pixel};
    case 7:
      return {bottom + right, -row, -pixel};
    case 8:
      return {right, row, -pixel};
    default:
      return {0, pixel, row};
  }
}

// The pixel size as a constant makes each copy one move.
template <std::size_t pixel>
void copy_along(const Path& path, const Image& stored, Image& seen) {
  const std::uint8_t* row = stored.bytes.data() + path.start;
  std::uint8_t* out = seen.bytes.data();
  for (int y = 0; y < seen.height; ++y, row += path.jump) {
    const std::uint8_t* from = row;
    for (int x = 0; x < seen.width; ++x, from += path.step, out += pixel)
      std::memcpy(out, from, pixel);
  }
}

}  // namespace

Image upright(Image stored, int orientation) {
  if (orientation < 2 || orientation > 8) return stored;
  const bool turned = is_turned(orientation);
  Image seen(turned ? stored.height : stored.width, turned ? stored.width : stored.height,
             stored.channels, stored.depth);
  const Path path = path_of(orientation, stored.width, stored.height, stored.bytes_per_pixel());
  switch (stored.bytes_per_pixel()) {
    case 1:
      copy_along<1>(path, stored, seen);
      break;
    case 2:
      copy_along<2>(path, stored, seen);
      break;
    case 3:
      copy_along<3>(path, stored, seen);
      break;
    case 4:
      copy_along<4>(path, stored, seen);
      break;
    case 6:
      copy_along<6>(path, stored, seen);
      break;
    case 8:
      copy_along<8>(path, stored, seen);
      break;
    default:
      assert(false && "no other pixel sizes exist");
  }
  return seen;
}

}  // namespace pawfect
