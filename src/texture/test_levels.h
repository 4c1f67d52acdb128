// Levels, pictures and correction problems that the texture tests draw. For tests only;
// header-only, so that no library carries it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "image/image.h"
#include "mask/mask.h"
#include "mask/test_shapes.h"
#include "texture/correction.h"
#include "texture/level.h"
#include "texture/region.h"
#include "texture/search.h"

namespace pawfect::texture {

// As a fill does it, on one thread.
inline void index_level(Level& level) {
  Workers alone(1);
  index_level(level, alone);
}
inline Level halve(const Level& fine) {
  Workers alone(1);
  return halve(fine, alone);
}
inline void add_texture_channel(Level& level, const Settings& settings) {
  Workers alone(1);
  add_texture_channel(level, settings, alone);
}

}  // namespace pawfect::texture

namespace pawfect::texture::drawn {

// A level whose colours are random(); hole where `hole` is set, unusable where `unusable` is (when
// given). Not indexed.
inline Level noise_level(const Mask& hole, std::mt19937& random, const Mask* unusable = nullptr) {
  Level level = make_level(hole.width, hole.height);
  for (std::uint8_t& byte : level.pixels) byte = std::uint8_t(random());
  for (int y = 0; y < hole.height; ++y) {
    for (int x = 0; x < hole.width; ++x) {
      const bool is_unusable = unusable != nullptr && unusable->at(x, y) != 0;
      level.kind[std::size_t(y) * level.stride + x] = hole.at(x, y) != 0 ? kHole
                                                      : is_unusable      ? kUnusable
                                                                         : kKnown;
    }
  }
  return level;
}

// As above with colours from colour(x, y), the same for three channels; the hole is a loud 201.
template <typename Colour>
Level pattern_level(const Mask& hole, Colour colour) {
  std::mt19937 random(1);
  Level level = noise_level(hole, random);
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const std::size_t i = std::size_t(y) * level.stride + x;
      const std::uint8_t value = hole.at(x, y) != 0 ? 201 : std::uint8_t(colour(x, y));
      std::fill_n(&level.pixels[i * 4], 4, value);
    }
  }
  return level;
}

// Hole mask and unusable mask of one window: any pieces at any place, borders too.
struct Masks {
  Mask hole;
  Mask unusable;
};
inline Masks random_masks(int width, int height, std::mt19937& random) {
  Masks masks = {shapes::random_mask(width, height, random),
                 shapes::random_mask(width, height, random)};
  for (std::size_t i = 0; i < masks.hole.pixels.size(); ++i) {
    if (masks.hole.pixels[i] != 0) masks.unusable.pixels[i] = 0;
  }
  return masks;
}

// A correction of everything that `hole` sets, held by all the rest; right(x, y, channel).
template <typename Right>
CorrectionProblem correction_of(const Mask& hole, Right right) {
  CorrectionProblem problem;
  problem.box = hole.rect();
  problem.unknown.assign(hole.pixels.size(), 0);
  problem.coupled.assign(hole.pixels.size(), 1);
  problem.right.assign(hole.pixels.size() * 4, 0.0f);
  for (int y = 0; y < hole.height; ++y) {
    for (int x = 0; x < hole.width; ++x) {
      if (hole.at(x, y) == 0) continue;
      const std::size_t i = place_in(problem.box, x, y);
      problem.unknown[i] = 1;
      for (int c = 0; c < 4; ++c) problem.right[i * 4 + c] = float(right(x, y, c));
    }
  }
  return problem;
}

// Channel 0 of a plane of cells, laid out on the region's box; 0 outside the region.
inline std::vector<float> spread(const Region& region, const Plane<float>& cells) {
  std::vector<float> plane(std::size_t(region.width) * region.height, 0.0f);
  for (const Run& run : region.runs) {
    for (int x = run.x0; x < run.x1; ++x) {
      plane[std::size_t(run.y) * region.width + x] = cells[std::size_t(run.at + x - run.x0) * 4];
    }
  }
  return plane;
}

// Penalties for other rows only; no source is unlike the ring.
inline Penalties only_rows(const Level& level, std::vector<std::uint16_t> by_row) {
  return {std::move(by_row), Plane<std::uint16_t>(std::size_t(level.size()), 0)};
}

inline float normal(std::mt19937& random, float sigma) {
  // Sum of twelve uniform numbers: the same on every machine, unlike std::normal_distribution.
  float sum = -6.0f;
  for (int k = 0; k < 12; ++k) sum += float(random() % 65536u) / 65536.0f;
  return sigma * sum;
}

}  // namespace pawfect::texture::drawn
