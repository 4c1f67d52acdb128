#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "texture/level.h"
#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

// Known and unusable pixels, holes at any place; the last ones narrower than a patch.
std::vector<Level> some_levels() {
  std::mt19937 random(21);
  std::vector<Level> levels;
  for (int k = 0; k < 30; ++k) {
    const int width = 7 + int(random() % 40), height = 7 + int(random() % 40);
    const auto masks = drawn::random_masks(width, height, random);
    levels.push_back(drawn::noise_level(masks.hole, random, &masks.unusable));
  }
  for (const auto& [width, height] : {std::pair{6, 30}, {30, 6}, {1, 1}, {7, 7}}) {
    levels.push_back(drawn::noise_level(shapes::disc(width, height, 0, 0, 3), random));
  }
  for (Level& level : levels) index_level(level);
  return levels;
}

// Whether the patch of 7x7 round (x, y) lies inside, and how many of its pixels are of a kind.
bool is_inside(const Level& level, int x, int y) {
  return x >= 3 && y >= 3 && x < level.width - 3 && y < level.height - 3;
}
int count_in_patch(const Level& level, int x, int y, PixelKind kind) {
  int count = 0;
  for (int dy = -3; dy <= 3; ++dy) {
    for (int dx = -3; dx <= 3; ++dx)
      count += level.kind[std::size_t(y + dy) * level.stride + x + dx] == kind;
  }
  return count;
}

TEST(IndexLevel, ASourceIsAPatchOf49KnownPixels) {
  for (const Level& level : some_levels()) {
    int sources = 0, first = -1;
    for (int y = 0; y < level.height; ++y) {
      for (int x = 0; x < level.stride; ++x) {
        const bool wished = is_inside(level, x, y) && count_in_patch(level, x, y, kKnown) == 49;
        ASSERT_EQ(level.source_ok[std::size_t(y) * level.stride + x] != 0, wished);
        if (wished && first < 0) first = y * level.stride + x;
        sources += wished;
      }
    }
    EXPECT_EQ(level.sources, sources);
    EXPECT_EQ(level.first_source, first);
  }
}

TEST(IndexLevel, ATargetIsAPatchThatTouchesTheHole) {
  for (const Level& level : some_levels()) {
    std::vector<std::int32_t> wished, rows;
    for (int y = 0; y < level.height; ++y) {
      rows.push_back(int(wished.size()));
      for (int x = 0; x < level.width; ++x) {
        if (is_inside(level, x, y) && count_in_patch(level, x, y, kHole) > 0)
          wished.push_back(y * level.stride + x);
      }
    }
    rows.push_back(int(wished.size()));
    EXPECT_EQ(level.targets, wished);
    EXPECT_EQ(level.target_rows, rows);
  }
}

TEST(IndexLevel, HolePixelsAreInRasterOrderAndTheBoxHoldsThemTightly) {
  for (const Level& level : some_levels()) {
    std::vector<std::int32_t> wished;
    PixelRect box;
    for (int y = 0; y < level.height; ++y) {
      for (int x = 0; x < level.width; ++x) {
        if (level.kind[std::size_t(y) * level.stride + x] != kHole) continue;
        wished.push_back(y * level.stride + x);
        box = bounding(box, {x, y, 1, 1});
      }
    }
    EXPECT_EQ(level.hole_pixels, wished);
    EXPECT_EQ(level.hole_box, box);
  }
}

TEST(IndexLevel, DepthIsTheDistanceToTheNearestPixelOutsideTheHole) {
  for (const Level& level : some_levels()) {
    if (level.hole_box.is_empty()) continue;
    const int top = std::max(0, level.hole_box.y - kPatchRadius);  // what is set
    const int bottom = std::min(level.height, level.hole_box.bottom() + kPatchRadius);
    for (int y = top; y < bottom; ++y) {
      for (int x = 0; x < level.width; ++x) {
        const std::size_t i = std::size_t(y) * level.stride + x;
        double nearest = std::numeric_limits<double>::infinity();
        for (int qy = 0; qy < level.height; ++qy) {
          for (int qx = 0; qx < level.width; ++qx) {
            if (level.kind[std::size_t(qy) * level.stride + qx] == kHole) continue;
            nearest = std::min(nearest, std::hypot(double(qx - x), double(qy - y)));
          }
        }
        if (!std::isfinite(nearest)) continue;  // all hole: there is nothing to measure from
        ASSERT_NEAR(level.depth[i], nearest, 1e-4) << x << ' ' << y;
      }
    }
  }
}

TEST(IndexLevel, DepthOfALevelThatIsAllHoleIsLargeAndFinite) {
  std::mt19937 random(3);
  Level level = drawn::noise_level(Mask(12, 9, 255), random);
  index_level(level);
  EXPECT_EQ(level.sources, 0);
  EXPECT_EQ(level.first_source, -1);
  for (const int i : level.hole_pixels) {
    EXPECT_TRUE(std::isfinite(level.depth[i]));
    EXPECT_GT(level.depth[i], 12.0f);
  }
}

TEST(HoleThickness, IsTwiceTheLargestDepth) {
  std::mt19937 random(4);
  Level level = drawn::noise_level(shapes::disc(60, 60, 30, 30, 10), random);
  index_level(level);
  // The pixel outside that is nearest to the centre lies 10 to the side and 1 down.
  EXPECT_FLOAT_EQ(hole_thickness(level), 2 * std::sqrt(101.0f));
  Level empty = drawn::noise_level(Mask(20, 20), random);
  index_level(empty);
  EXPECT_EQ(hole_thickness(empty), 0.0f);
}

}  // namespace
}  // namespace pawfect::texture
