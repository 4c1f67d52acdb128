#include "texture/likeness.h"

#include <algorithm>
#include <cstdlib>

#include "texture/clones.h"

namespace pawfect::texture {
namespace {

// Ring colours, one plane a channel, so that the loop over them is made of plain vectors.
struct RingColours {
  std::vector<std::int16_t> channel[4];
};

// Known pixels within `reach` (a square) of the hole, at most `most` of them, evenly picked.
RingColours ring_colours(const Level& level, int reach, std::size_t most) {
  std::vector<std::uint8_t> near(std::size_t(level.size()), 0);
  for (const int i : level.hole_pixels) {
    const int y = i / level.stride, x = i - y * level.stride;
    const int left = std::max(0, x - reach), right = std::min(level.width - 1, x + reach);
    for (int ny = std::max(0, y - reach); ny <= std::min(level.height - 1, y + reach); ++ny) {
      std::fill_n(&near[std::size_t(ny) * level.stride + left], right - left + 1, std::uint8_t(1));
    }
  }
  std::vector<std::int32_t> ring;
  for (std::int32_t i = 0; i < std::int32_t(level.size()); ++i) {
    if (near[i] && level.kind[i] == kKnown) ring.push_back(i);
  }
  RingColours colours;
  const std::size_t count = std::min(most, ring.size());
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t i = std::size_t(ring[k * ring.size() / count]);
    for (int c = 0; c < 4; ++c) colours.channel[c].push_back(level.pixels[i * 4 + c]);
  }
  return colours;
}

PAWFECT_CLONES
int nearest_colour(const std::uint8_t* pixel, const std::int16_t* b, const std::int16_t* g,
                   const std::int16_t* r, const std::int16_t* t, int count) {
  std::int16_t best = 4 * 255;
  const auto pb = std::int16_t(pixel[0]), pg = std::int16_t(pixel[1]);
  const auto pr = std::int16_t(pixel[2]), pt = std::int16_t(pixel[3]);
  for (int k = 0; k < count; ++k) {
    const auto d = std::int16_t(std::abs(pb - b[k]) + std::abs(pg - g[k]) + std::abs(pr - r[k]) +
                                std::abs(pt - t[k]));
    best = std::min(best, d);
  }
  return best;
}

}  // namespace

LikenessMap measure_likeness(const Level& level, int number, const Settings& settings,
                             Workers& workers) {
  LikenessMap map;
  map.width = level.width, map.height = level.height, map.level = number;
  std::vector<int> distance(std::size_t(level.width) * level.height, 0);
  const RingColours ring =
      ring_colours(level, settings.ring_width, std::size_t(settings.ring_colours));
  const int count = int(ring.channel[0].size());
  const auto measure_row = [&](int y) {
    for (int x = 0; x < level.width; ++x) {
      const std::size_t i = std::size_t(y) * level.stride + x;
      if (level.kind[i] != kKnown) continue;
      distance[std::size_t(y) * level.width + x] =
          nearest_colour(&level.pixels[i * 4], ring.channel[0].data(), ring.channel[1].data(),
                         ring.channel[2].data(), ring.channel[3].data(), count);
    }
  };
  constexpr int kRowsEach = 4;
  if (count > 0) {
    workers.run_rows(level.height, kRowsEach, level.size() * count, [&](int first, int last) {
      for (int y = first; y < last; ++y) measure_row(y);
    });
  }
  map.penalty.resize(distance.size());
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      int most = 0;
      for (int ny = std::max(0, y - 1); ny <= std::min(level.height - 1, y + 1); ++ny) {
        for (int nx = std::max(0, x - 1); nx <= std::min(level.width - 1, x + 1); ++nx) {
          most = std::max(most, distance[std::size_t(ny) * level.width + nx]);
        }
      }
      const float beyond = std::max(0.0f, float(most) - settings.ring_slack);
      map.penalty[std::size_t(y) * level.width + x] =
          std::uint16_t(std::min(65535.0f, settings.ring_weight * kPatchPixels * beyond));
    }
  }
  return map;
}

Plane<std::uint16_t> likeness_at(const LikenessMap& map, const Level& level, int number,
                                 Workers& workers) {
  Plane<std::uint16_t> penalty(std::size_t(level.size()));
  const int up = std::max(0, map.level - number), down = std::max(0, number - map.level);
  constexpr int kRowsEach = 64;
  workers.run_rows(level.height, kRowsEach, level.size(), [&](int first, int last) {
    for (int y = first; y < last; ++y) {
      const int my = std::min(map.height - 1, (y >> up) << down);
      const std::uint16_t* from = &map.penalty[std::size_t(my) * map.width];
      std::uint16_t* out = &penalty[std::size_t(y) * level.stride];
      for (int x = 0; x < level.width; ++x)
        out[x] = from[std::min(map.width - 1, (x >> up) << down)];
      std::fill(out + level.width, out + level.stride, std::uint16_t(0));
    }
  });
  return penalty;
}

}  // namespace pawfect::texture
