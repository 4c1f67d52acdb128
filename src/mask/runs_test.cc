#include "mask/runs.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>

#include "mask/test_shapes.h"

namespace pawfect {
namespace {

using shapes::mask_of;

// The plain twin: labels by flood fill, pixel by pixel, in reading order.
std::vector<int> flood_labels(const Mask& mask, bool diagonal) {
  std::vector<int> labels(mask.pixels.size(), -1);
  int next = 0;
  for (int start = 0; start < int(labels.size()); ++start) {
    if (!mask.pixels[start] || labels[start] >= 0) continue;
    std::vector<int> todo{start};
    labels[start] = next;
    while (!todo.empty()) {
      const int x = todo.back() % mask.width;
      const int y = todo.back() / mask.width;
      todo.pop_back();
      for (int ny = y - 1; ny <= y + 1; ++ny) {
        for (int nx = x - 1; nx <= x + 1; ++nx) {
          if (!mask.rect().contains(nx, ny) || (!diagonal && nx != x && ny != y)) continue;
          const int i = ny * mask.width + nx;
          if (!mask.pixels[i] || labels[i] >= 0) continue;
          labels[i] = next;
          todo.push_back(i);
        }
      }
    }
    ++next;
  }
  return labels;
}

TEST(FindRuns, ListsTheStretchesInReadingOrder) {
  const Mask mask = mask_of({"##..#", ".....", "#####"});
  EXPECT_EQ(find_runs(mask), (RunList{{0, 0, 2}, {0, 4, 5}, {2, 0, 5}}));
}

TEST(FindRuns, SeesEveryPixelOfRowsLongerThanAWord) {
  for (int width = 1; width <= 40; ++width) {
    for (int x = 0; x < width; ++x) {
      Mask one(width, 1);
      one.at(x, 0) = 1;
      EXPECT_EQ(find_runs(one), (RunList{{0, x, x + 1}}));
      Mask all_but_one(width, 1, 200);
      all_but_one.at(x, 0) = 0;
      std::int64_t pixels = 0;
      for (const auto& run : find_runs(all_but_one)) pixels += run.length();
      EXPECT_EQ(pixels, width - 1) << "width " << width << ", gap at " << x;
    }
  }
}

TEST(FindRuns, StopsAtTheLimit) {
  const Mask mask = mask_of({"#.#.#"});
  EXPECT_TRUE(find_runs(mask, 3).has_value());
  EXPECT_FALSE(find_runs(mask, 2).has_value());
}

TEST(FindParts, JoinsDiagonalNeighboursOnlyWhenAsked) {
  const RunList runs = find_runs(mask_of({"#..", ".#.", "..#"}));
  EXPECT_EQ(find_parts(runs, Neighbours::k8).parts.size(), 1u);
  EXPECT_EQ(find_parts(runs, Neighbours::k4).parts.size(), 3u);
}

TEST(FindParts, JoinsTheArmsOfAUThroughItsFoot) {
  const RunList runs = find_runs(mask_of({"#...#", "#...#", "#####"}));
  const PartList list = find_parts(runs, Neighbours::k4);
  ASSERT_EQ(list.parts.size(), 1u);
  EXPECT_EQ(list.parts[0].pixels, 9);
  EXPECT_EQ(list.parts[0].box, (PixelRect{0, 0, 5, 3}));
}

TEST(FindParts, AgreesWithAFloodFillOnRandomNoise) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Mask mask(1 + int(random() % 30), 1 + int(random() % 30));
    const auto density = 1 + random() % 9;
    for (std::uint8_t& pixel : mask.pixels) pixel = random() % 10 < density ? 255 : 0;
    for (const bool diagonal : {false, true}) {
      const RunList runs = find_runs(mask);
      const PartList list = find_parts(runs, diagonal ? Neighbours::k8 : Neighbours::k4);
      const std::vector<int> labels = flood_labels(mask, diagonal);
      for (std::size_t i = 0; i < runs.size(); ++i) {
        for (int x = runs[i].begin; x < runs[i].end; ++x) {
          ASSERT_EQ(list.part_of_run[i], labels[runs[i].y * mask.width + x]);
        }
      }
    }
  }
}

TEST(BoundingBox, HoldsAllRunsAndIsEmptyWithoutAny) {
  EXPECT_EQ(bounding_box(find_runs(mask_of({"....", ".#..", "...#"}))), (PixelRect{1, 1, 3, 2}));
  EXPECT_TRUE(bounding_box({}).is_empty());
}

}  // namespace
}  // namespace pawfect
