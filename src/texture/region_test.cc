#include "texture/region.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>

#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

bool is_hole(const Mask& mask, int x, int y) {
  return mask.rect().contains(x, y) && mask.at(x, y) != 0;
}

// Cell of every pixel, -1 outside; checks on the way that segments lie in raster order.
std::vector<std::int32_t> cells_of(const Region& region) {
  std::vector<std::int32_t> cells(std::size_t(region.width) * region.height, -1);
  std::size_t before = 0;
  for (const Segment& s : region.segments) {
    for (int k = 0; k < s.length; ++k) {
      const std::size_t place = std::size_t(s.y) * region.width + s.x0 + k;
      EXPECT_TRUE(place == 0 || place > before);
      cells[place] = s.at + k;
      before = place;
    }
  }
  return cells;
}

class RandomRegions : public testing::TestWithParam<int> {
 protected:
  RandomRegions() {
    std::mt19937 random(static_cast<unsigned>(GetParam()));
    const int width = 1 + int(random() % 60), height = 1 + int(random() % 60);
    mask = Mask(width, height);
    const auto share = 1 + random() % 99;  // from dust to nearly everything
    for (std::uint8_t& pixel : mask.pixels) pixel = random() % 100 < share ? 255 : 0;
    region = make_region(width, height, runs_of(mask.pixels, width, height));
  }

  Mask mask;
  Region region;
};

TEST_P(RandomRegions, HoldExactlyThePixelsOfTheirRunsEachInACellOfItsOwn) {
  const auto cells = cells_of(region);
  std::set<std::int32_t> seen;
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      const std::int32_t cell = cells[std::size_t(y) * mask.width + x];
      ASSERT_EQ(cell >= 0, is_hole(mask, x, y));
      if (cell < 0) continue;
      ASSERT_TRUE(seen.insert(cell).second);
      ASSERT_GE(cell, region.row_cells[y]);
      ASSERT_LT(cell, region.row_cells[y + 1]);
    }
  }
  EXPECT_EQ(region.row_cells.back(), region.cells);
}

TEST_P(RandomRegions, FindEveryNeighbourInItsCellAndNoneInAnEmptyOne) {
  const auto cells = cells_of(region);
  const std::set<std::int32_t> used(cells.begin(), cells.end());
  const auto expect_cell = [&](std::int32_t found, int x, int y) {
    if (is_hole(mask, x, y)) {
      ASSERT_EQ(found, cells[std::size_t(y) * mask.width + x]);
    } else {
      ASSERT_EQ(used.count(found), 0u) << "the neighbour at " << x << ", " << y;
      ASSERT_GE(found, 0);
      ASSERT_LT(found, region.cells);
    }
  };
  for (const Segment& s : region.segments) {
    for (int k = 0; k < s.length; ++k) {
      expect_cell(s.at + k - 1, s.x0 + k - 1, s.y);
      expect_cell(s.at + k + 1, s.x0 + k + 1, s.y);
      expect_cell(s.above + k, s.x0 + k, s.y - 1);
      expect_cell(s.below + k, s.x0 + k, s.y + 1);
    }
  }
}

TEST_P(RandomRegions, HalvedHoldTheParentsOfTheirPixelsAndNoOthers) {
  const Region half = halve_region(region);
  Mask parents((mask.width + 1) / 2, (mask.height + 1) / 2);
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      if (is_hole(mask, x, y)) parents.pixels[std::size_t(y / 2) * parents.width + x / 2] = 255;
    }
  }
  const auto cells = cells_of(half);
  for (std::size_t i = 0; i < cells.size(); ++i) ASSERT_EQ(cells[i] >= 0, parents.pixels[i] != 0);
  const auto found = parent_cells(region, half);
  ASSERT_EQ(found.size(), region.segments.size());
  for (std::size_t n = 0; n < found.size(); ++n) {
    const Segment& s = region.segments[n];
    for (int k = 0; k < s.length; ++k) {
      const std::int32_t cell = found[n] + (s.x0 + k) / 2 - s.x0 / 2;
      ASSERT_EQ(cell, cells[std::size_t(s.y / 2) * half.width + (s.x0 + k) / 2]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRegions, testing::Range(0, 40));

TEST(MakeRegion, StoresAScratchNotItsBox) {
  Mask slanted(900, 700);
  shapes::add_line(slanted, 5, 5, 890, 690, 1);
  const Region region = make_region(900, 700, runs_of(slanted.pixels, 900, 700));
  EXPECT_LT(region.cells, 8000);
}

TEST(MakeRegion, OfNothingHasNoSegments) {
  const Region region = make_region(20, 10, {});
  EXPECT_TRUE(region.segments.empty());
  EXPECT_EQ(region.row_segments.size(), 11u);
  EXPECT_TRUE(halve_region(region).segments.empty());
}

}  // namespace
}  // namespace pawfect::texture
