// Likeness: a source whose colour is found nowhere in the ring round the hole costs more, so that a
// thing that merely stands near by (another animal, a bottle) is not cloned into the hole. Worked
// out once, on a small level; every level reads its own scaled copy.
#pragma once

#include <cstdint>
#include <vector>

#include "texture/level.h"
#include "texture/plane.h"
#include "texture/settings.h"
#include "texture/workers.h"

namespace pawfect::texture {

struct LikenessMap {
  int width = 0, height = 0;
  int level = 0;                       // the pyramid level that it was worked out on
  std::vector<std::uint16_t> penalty;  // width * height; cost of a source patch centred here
};

// penalty = ring_weight x 49 x max(0, d - ring_slack), at most 65 535, where d is the smallest sum
// of absolute differences (4 channels) of a known pixel to the known pixels within ring_width of
// the hole, widened by one pixel to each side. `number` is the pyramid level of `level`.
LikenessMap measure_likeness(const Level& level, int number, const Settings& settings,
                             Workers& workers);

// The map at another level's size, by that level's index.
Plane<std::uint16_t> likeness_at(const LikenessMap& map, const Level& level, int number,
                                 Workers& workers);

}  // namespace pawfect::texture
