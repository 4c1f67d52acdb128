#include "texture/multigrid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "texture/test_levels.h"

namespace pawfect::texture {
namespace {

constexpr float kScreening = 0.01f;

// The finest grid of a hole that all other pixels hold, and all coarser ones.
std::vector<Grid> grids_of(const Mask& hole, Workers& workers) {
  Grid g(make_region(hole.width, hole.height, runs_of(hole.pixels, hole.width, hole.height)));
  for (const Segment& s : g.region.segments) {
    for (int k = 0; k < s.length; ++k) {
      const std::size_t i = std::size_t(s.at) + std::size_t(k);
      g.held[i] = kScreening;
      g.diagonal[i] = kScreening;
      for (const auto& [dx, dy] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
        const int x = s.x0 + k + dx, y = s.y + dy;
        if (!hole.rect().contains(x, y)) continue;
        g.diagonal[i] += 1;
        if (hole.at(x, y) == 0) g.held[i] += 1;
      }
      g.inverse[i] = 1 / g.diagonal[i];
    }
  }
  std::vector<Grid> grids;
  grids.push_back(std::move(g));
  add_coarser_grids(grids, workers);
  return grids;
}

Plane<float> noise_on(const Grid& g, std::mt19937& random) {
  Plane<float> values(g.u.size(), 0.0f);
  for (std::size_t i = 0; i < g.inverse.size(); ++i) {
    for (int c = 0; c < 4 && g.inverse[i] != 0; ++c) values[i * 4 + c] = drawn::normal(random, 1);
  }
  return values;
}

double dot(const Plane<float>& a, const Plane<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double(a[i]) * b[i];
  return sum;
}

Plane<float> cycled(std::vector<Grid>& grids, const Plane<float>& right, Workers& workers) {
  grids[0].right = right;
  v_cycle(grids, workers);
  return grids[0].u;
}

TEST(VCycle, ConvergesAloneOverTwentyRandomMasks) {
  // Without conjugate gradients: u += V(right - A u). Only where known pixels hold the hole: an
  // unheld one is overshot by the scale of each grid, which conjugate gradients make good
  // (correction_test.cc).
  std::mt19937 random(111);
  Workers workers(1);
  for (int k = 0; k < 20; ++k) {
    const int width = 3 + int(random() % 150), height = 3 + int(random() % 150);
    std::vector<Grid> grids = grids_of(shapes::random_mask(width, height, random), workers);
    const Plane<float> right = noise_on(grids[0], random);
    Plane<float> u(right.size(), 0.0f), residual = right, image(right.size(), 0.0f);
    double before = std::sqrt(dot(residual, residual));
    const double enough = 1e-5 * before;  // single precision ends somewhere
    for (int round = 0; round < 6 && before > enough; ++round) {
      const Plane<float> step = cycled(grids, residual, workers);
      for (std::size_t i = 0; i < u.size(); ++i) u[i] += step[i];
      apply_finest(grids[0], u, image, workers);
      for (std::size_t i = 0; i < u.size(); ++i) residual[i] = right[i] - image[i];
      const double now = std::sqrt(dot(residual, residual));
      EXPECT_LT(now, 0.6 * before) << width << " x " << height << ", round " << round;
      before = now;
    }
  }
}

TEST(VCycle, IsSymmetricAndPositiveSoThatItMayPrecondition) {
  std::mt19937 random(112);
  Workers workers(1);
  for (int k = 0; k < 20; ++k) {
    const int width = 3 + int(random() % 90), height = 3 + int(random() % 90);
    std::vector<Grid> grids = grids_of(shapes::random_mask(width, height, random), workers);
    const Plane<float> a = noise_on(grids[0], random), b = noise_on(grids[0], random);
    const Plane<float> va = cycled(grids, a, workers), vb = cycled(grids, b, workers);
    const double scale = std::sqrt(dot(va, va) * dot(b, b));
    EXPECT_NEAR(dot(va, b), dot(a, vb), 1e-4 * scale) << width << " x " << height;
    EXPECT_GT(dot(a, va), 0.0) << width << " x " << height;
  }
}

TEST(ApplyFinest, IsTheOperatorThatItsHeaderTells) {
  std::mt19937 random(113);
  Workers workers(1);
  const Mask hole = shapes::random_mask(30, 20, random);
  const std::vector<Grid> grids = grids_of(hole, workers);
  const Grid& g = grids[0];
  const Plane<float> u = noise_on(g, random);
  Plane<float> image(u.size(), 0.0f);
  apply_finest(g, u, image, workers);
  const auto plane = drawn::spread(g.region, u);  // the plain twin reads a whole box
  for (const Segment& s : g.region.segments) {
    for (int k = 0; k < s.length; ++k) {
      const std::size_t i = std::size_t(s.at) + std::size_t(k);
      double around = 0;
      for (const auto& [dx, dy] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
        const int x = s.x0 + k + dx, y = s.y + dy;
        if (hole.rect().contains(x, y)) around += plane[std::size_t(y) * hole.width + x];
      }
      EXPECT_NEAR(image[i * 4], g.diagonal[i] * u[i * 4] - around, 1e-5);
    }
  }
}

TEST(CoarserGrids, KeepTheWeightsToWhatIsHeld) {
  std::mt19937 random(114);
  Workers workers(1);
  const std::vector<Grid> grids = grids_of(shapes::random_mask(75, 50, random), workers);
  ASSERT_GT(grids.size(), 3u);
  double finest = 0;
  for (const float held : grids[0].held) finest += held;
  for (const Grid& g : grids) {
    double held = 0;
    for (const float h : g.held) held += h;
    EXPECT_NEAR(held, finest, finest * 1e-5);
  }
}

}  // namespace
}  // namespace pawfect::texture
