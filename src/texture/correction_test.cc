#include "texture/correction.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "texture/settings.h"
#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

constexpr float kScreening = 0.01f;

// The plain twin: Gaussian elimination with pivots on the whole matrix of one channel.
std::vector<double> solve_directly(const CorrectionProblem& p, double screening, int channel) {
  const int w = p.box.width, h = p.box.height, n = w * h;
  std::vector<std::vector<double>> rows(n, std::vector<double>(n + 1, 0.0));
  for (int i = 0; i < n; ++i) {
    if (p.unknown[i] == 0) {
      rows[i][i] = 1;
      continue;
    }
    rows[i][i] = screening;
    rows[i][n] = p.right[std::size_t(i) * 4 + channel];
    for (const auto& [dx, dy] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
      const int x = i % w + dx, y = i / w + dy;
      if (x < 0 || y < 0 || x >= w || y >= h || p.coupled[y * w + x] == 0) continue;
      rows[i][i] += 1;
      if (p.unknown[y * w + x] != 0) rows[i][y * w + x] = -1;
    }
  }
  for (int k = 0; k < n; ++k) {
    int pivot = k;
    for (int i = k; i < n; ++i) {
      if (std::abs(rows[i][k]) > std::abs(rows[pivot][k])) pivot = i;
    }
    std::swap(rows[k], rows[pivot]);
    for (int i = k + 1; i < n; ++i) {
      const double factor = rows[i][k] / rows[k][k];
      if (factor == 0) continue;
      for (int j = k; j <= n; ++j) rows[i][j] -= factor * rows[k][j];
    }
  }
  std::vector<double> u(n);
  for (int k = n - 1; k >= 0; --k) {
    u[k] = rows[k][n];
    for (int j = k + 1; j < n; ++j) u[k] -= rows[k][j] * u[j];
    u[k] /= rows[k][k];
  }
  return u;
}

TEST(SolveCorrection, ConvergesToTheDirectSolutionOfTheWholeMatrix) {
  std::mt19937 random(101);
  for (int k = 0; k < 12; ++k) {
    const int width = 1 + int(random() % 16), height = 1 + int(random() % 12);
    Mask hole(width, height);  // known, unknown and unusable pixels side by side
    for (std::uint8_t& pixel : hole.pixels) pixel = random() % 10 < 7 ? 255 : 0;
    auto problem =
        drawn::correction_of(hole, [&](int, int, int) { return int(random() % 61) - 30; });
    for (std::size_t i = 0; i < hole.pixels.size(); ++i) {
      if (hole.pixels[i] == 0) problem.coupled[i] = random() % 3 != 0;
    }
    Workers workers(1);
    const Plane<float> u = solve_correction(problem, kScreening, 40, workers);
    ASSERT_EQ(u.size(), hole.pixels.size() * 4);
    for (int c = 0; c < 4; ++c) {
      const std::vector<double> direct = solve_directly(problem, kScreening, c);
      double most = 1;
      for (const double value : direct) most = std::max(most, std::abs(value));
      for (std::size_t i = 0; i < direct.size(); ++i)
        ASSERT_NEAR(u[i * 4 + c], direct[i], most * 1e-4) << width << " x " << height;
    }
  }
}

struct Shape {
  const char* name;
  Mask hole;
};

std::vector<Shape> shapes_of_holes() {
  std::vector<Shape> all;
  for (const int radius : {1, 3, 8, 20, 50, 110}) {
    const int side = 2 * radius + 5;
    all.push_back({"disc", shapes::disc(side, side, radius + 2, radius + 2, radius)});
  }
  Mask three(180, 140);  // only the right side is held
  shapes::add_rect(three, {0, 0, 179, 140});
  all.push_back({"along three borders", three});
  Mask l(150, 150);
  shapes::add_rect(l, {1, 1, 40, 148});
  shapes::add_rect(l, {1, 109, 148, 40});
  all.push_back({"L", l});
  Mask scratch(3, 400);
  shapes::add_rect(scratch, {1, 1, 1, 398});
  all.push_back({"scratch", scratch});
  Mask slanted(300, 200);
  shapes::add_line(slanted, 2, 2, 297, 197, 1);
  all.push_back({"slanted line", slanted});
  Mask border_line(2, 300);
  shapes::add_rect(border_line, {0, 0, 1, 300});
  all.push_back({"line at the border", border_line});
  return all;
}

void expect_residual_below(double share, const auto& right) {
  const Settings settings;
  Workers workers(1);
  for (const Shape& shape : shapes_of_holes()) {
    const auto problem = drawn::correction_of(
        shape.hole, [&](int x, int y, int c) { return right(shape.hole, x, y, c); });
    const Plane<float> nothing(problem.right.size(), 0.0f);
    const double start = correction_residual(problem, nothing, settings.screening);
    const auto u = solve_correction(problem, settings.screening, settings.solver_rounds, workers);
    const double end = correction_residual(problem, u, settings.screening);
    EXPECT_LT(end, share * start) << shape.name << ' ' << shape.hole.width;
  }
}

TEST(SolveCorrection, TheDefaultRoundsTakeNoiseBelowTwoPercent) {
  std::mt19937 random(102);
  expect_residual_below(0.02,
                        [&](const Mask&, int, int, int) { return drawn::normal(random, 20); });
}

TEST(SolveCorrection, TheDefaultRoundsTakeStepsAlongTheRimBelowTwoPercent) {
  // What a copy of another brightness leaves: a right side at the rim only, of one sign.
  expect_residual_below(0.02, [](const Mask& hole, int x, int y, int c) {
    int rim = 0;
    for (const auto& [dx, dy] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}})
      rim += hole.rect().contains(x + dx, y + dy) && hole.at(x + dx, y + dy) == 0;
    return 10.0f * float((c + 1) * rim);
  });
}

TEST(SolveCorrection, TheDefaultRoundsTakeSmoothFieldsBelowTwoPercent) {
  expect_residual_below(0.02, [](const Mask& hole, int x, int y, int c) {
    return std::sin(std::numbers::pi * (c + 1) * (x + 0.5) / hole.width) *
           std::cos(std::numbers::pi * (y + 0.2) / hole.height);
  });
}

// What the solution makes least, and conjugate gradients smaller in every round: half the squared
// steps of u between coupled pixels and the screening's share, less right x u.
double energy(const CorrectionProblem& p, const Plane<float>& u) {
  const int w = p.box.width, h = p.box.height;
  double sum = 0;
  const auto add_step = [&](std::size_t i, std::size_t q) {
    if (p.coupled[i] == 0 || p.coupled[q] == 0) return;
    for (int c = 0; c < 4; ++c)
      sum += 0.5 * std::pow(double(u[i * 4 + c]) - double(u[q * 4 + c]), 2);
  };
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const std::size_t i = std::size_t(y) * w + x;
      if (x + 1 < w) add_step(i, i + 1);
      if (y + 1 < h) add_step(i, i + w);
      for (int c = 0; c < 4; ++c) {
        const double value = u[i * 4 + c];
        sum += 0.5 * kScreening * value * value - p.right[i * 4 + c] * value;
      }
    }
  }
  return sum;
}

void expect_falling_energy(const CorrectionProblem& problem) {
  Workers workers(1);
  const Plane<float> nothing(problem.right.size(), 0.0f);
  double before = 0;
  for (const int rounds : {1, 2, 3, 4, 8}) {
    const auto u = solve_correction(problem, kScreening, rounds, workers);
    const double now = energy(problem, u);
    EXPECT_LE(now, before + 1e-6 * std::abs(before))
        << problem.box.width << " x " << problem.box.height << ", " << rounds << " rounds";
    before = now;
    if (rounds < 8) continue;
    EXPECT_LT(correction_residual(problem, u, kScreening),
              0.02 * correction_residual(problem, nothing, kScreening));
  }
}

TEST(SolveCorrection, NeverDivergesOverTwentyRandomMasks) {
  std::mt19937 random(103);
  const auto noise = [&](int, int, int) { return drawn::normal(random, 20); };
  for (int k = 0; k < 20; ++k) {
    const int width = 3 + int(random() % 150), height = 3 + int(random() % 150);
    auto problem = drawn::correction_of(shapes::random_mask(width, height, random), noise);
    expect_falling_energy(problem);
    problem.coupled = problem.unknown;  // unusable all round: only the screening holds
    expect_falling_energy(problem);
  }
}

TEST(SolveCorrection, NeverDivergesWhereOnlyTheScreeningHolds) {
  std::mt19937 random(105);
  const auto noise = [&](int, int, int) { return drawn::normal(random, 20); };
  for (const auto& [width, height] : {std::pair{150, 110}, {31, 200}, {2, 300}, {1, 100}})
    expect_falling_energy(drawn::correction_of(Mask(width, height, 255), noise));
}

TEST(SolveCorrection, AZeroRightSideGivesZero) {
  const auto problem =
      drawn::correction_of(shapes::disc(40, 30, 20, 15, 12), [](int, int, int) { return 0; });
  Workers workers(1);
  for (const float u : solve_correction(problem, kScreening, 4, workers)) EXPECT_EQ(u, 0.0f);
}

TEST(SolveCorrection, IsZeroOutsideTheHoleAndChannelsDoNotMix) {
  const Mask hole = shapes::disc(40, 30, 20, 15, 12);
  const auto problem = drawn::correction_of(hole, [](int, int, int c) { return c == 2 ? 5 : 0; });
  Workers workers(1);
  const auto u = solve_correction(problem, kScreening, 6, workers);
  for (std::size_t i = 0; i < hole.pixels.size(); ++i) {
    EXPECT_EQ(u[i * 4], 0.0f);
    EXPECT_EQ(u[i * 4 + 2] != 0.0f, hole.pixels[i] != 0) << i;
  }
}

TEST(SolveCorrection, APieceThatNothingHoldsStaysFinite) {
  auto problem =
      drawn::correction_of(shapes::disc(30, 30, 15, 15, 8), [](int, int, int) { return 3; });
  problem.coupled = problem.unknown;  // unusable all round
  Workers workers(1);
  const auto u = solve_correction(problem, kScreening, 30, workers);
  // Nothing but the screening holds it: u = right / screening everywhere.
  EXPECT_NEAR(u[place_in(problem.box, 15, 15) * 4], 300.0f, 1.0f);
}

TEST(CorrectionThreads, TheSameBitsOnOneTwoAndFiveWorkers) {
  std::mt19937 random(104);
  const auto problem =
      drawn::correction_of(shapes::disc(260, 220, 130, 110, 108),
                           [&](int, int, int) { return drawn::normal(random, 20); });
  Workers alone(1);
  const auto one = solve_correction(problem, kScreening, 4, alone);
  for (const int threads : {2, 5}) {
    Workers workers(threads);
    EXPECT_EQ(one, solve_correction(problem, kScreening, 4, workers)) << threads << " threads";
  }
}

}  // namespace
}  // namespace pawfect::texture
