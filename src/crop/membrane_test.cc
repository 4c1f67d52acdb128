#include "crop/membrane.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "mask/test_shapes.h"

namespace pawfect {
namespace {

// Unknown where `hole` is set, fixed to `edge(x, y)` on the four neighbours around it.
template <typename Edge>
Membrane stretch(const Mask& hole, Edge edge) {
  Membrane membrane(hole.width, hole.height);
  for (int y = 0; y < hole.height; ++y) {
    for (int x = 0; x < hole.width; ++x) {
      const auto is_hole = [&](int nx, int ny) {
        return hole.rect().contains(nx, ny) && hole.at(nx, ny) != 0;
      };
      const std::size_t i = membrane.index(x, y);
      if (is_hole(x, y)) {
        membrane.sites[i] = Site::kUnknown;
      } else if (is_hole(x - 1, y) || is_hole(x + 1, y) || is_hole(x, y - 1) || is_hole(x, y + 1)) {
        membrane.sites[i] = Site::kFixed;
        membrane.values[i].fill(float(edge(x, y)));
      }
    }
  }
  return membrane;
}

// The plain twin: Gauss-Seidel until nothing moves any more.
void relax_fully(Membrane& m) {
  for (int round = 0; round < 20000; ++round) {
    float moved = 0;
    for (int y = 0; y < m.height; ++y) {
      for (int x = 0; x < m.width; ++x) {
        const std::size_t i = m.index(x, y);
        if (m.sites[i] != Site::kUnknown) continue;
        float sum = 0;
        int count = 0;
        for (const auto& [dx, dy] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
          const int nx = x + dx;
          const int ny = y + dy;
          if (nx < 0 || ny < 0 || nx >= m.width || ny >= m.height) continue;
          if (m.sites[m.index(nx, ny)] == Site::kOutside) continue;
          sum += m.values[m.index(nx, ny)][0];
          ++count;
        }
        if (count == 0) continue;
        moved = std::max(moved, std::abs(sum / float(count) - m.values[i][0]));
        m.values[i][0] = sum / float(count);
      }
    }
    if (moved < 1e-6f) return;
  }
}

double largest_error(const Membrane& solved, const Membrane& exact) {
  double largest = 0;
  for (std::size_t i = 0; i < solved.values.size(); ++i) {
    if (solved.sites[i] != Site::kUnknown) continue;
    largest = std::max(largest, double(std::abs(solved.values[i][0] - exact.values[i][0])));
  }
  return largest;
}

TEST(SolveMembrane, AConstantEdgeGivesThatConstant) {
  Membrane membrane = stretch(shapes::disc(90, 70, 45, 35, 30), [](int, int) { return 7.0; });
  solve_membrane(membrane);
  for (std::size_t i = 0; i < membrane.values.size(); ++i) {
    if (membrane.sites[i] == Site::kUnknown) {
      ASSERT_NEAR(membrane.values[i][0], 7.0, 1e-4);
    }
  }
}

TEST(SolveMembrane, APlaneStaysAPlane) {
  const Mask hole = shapes::disc(300, 300, 150, 150, 140);
  Membrane membrane = stretch(hole, [](int x, int y) { return 0.2 * x - 0.1 * y; });
  solve_membrane(membrane);
  for (int y = 0; y < 300; ++y) {
    for (int x = 0; x < 300; ++x) {
      if (!hole.at(x, y)) continue;
      ASSERT_NEAR(membrane.values[membrane.index(x, y)][0], 0.2 * x - 0.1 * y, 0.4)
          << "more than a hundredth of the plane's range";
    }
  }
}

TEST(SolveMembrane, ComesCloseToTheExactSolutionOnRandomHoles) {
  std::mt19937 random(21);
  for (int round = 0; round < 12; ++round) {
    const Mask hole = shapes::random_mask(40 + int(random() % 40), 40 + int(random() % 40), random);
    const double a = double(random() % 100) / 500;
    const double b = double(random() % 100) / 500;
    // Edge values from -20 to 20 that swing along the edge.
    Membrane solved =
        stretch(hole, [&](int x, int y) { return 10 * std::sin(a * x) + 10 * std::cos(b * y); });
    Membrane exact = solved;
    solve_membrane(solved);
    relax_fully(exact);
    EXPECT_LT(largest_error(solved, exact), 0.3) << "round " << round;
  }
}

TEST(SolveMembrane, NeverLeavesTheRangeOfTheEdge) {
  std::mt19937 random(22);
  for (int round = 0; round < 40; ++round) {
    const Mask hole = shapes::random_mask(1 + int(random() % 99), 1 + int(random() % 99), random);
    Membrane membrane = stretch(hole, [&](int, int) { return 100.0 + double(random() % 50); });
    bool has_edge = false;
    for (const Site site : membrane.sites) has_edge = has_edge || site == Site::kFixed;
    solve_membrane(membrane);
    for (std::size_t i = 0; i < membrane.values.size(); ++i) {
      if (membrane.sites[i] != Site::kUnknown || !has_edge) continue;
      ASSERT_GE(membrane.values[i][0], 99.99f);
      ASSERT_LE(membrane.values[i][0], 150.0f);
    }
  }
}

TEST(SolveMembrane, WithoutAnEdgeThereIsNothingToExtend) {
  Membrane membrane = stretch(Mask(20, 20, 255), [](int, int) { return 1.0; });
  solve_membrane(membrane);
  for (const auto& value : membrane.values) ASSERT_EQ(value[0], 0.0f);
}

}  // namespace
}  // namespace pawfect
