#include "crop/membrane.h"

#include <algorithm>
#include <cstddef>

namespace pawfect {
namespace {

// Cascadic multigrid (Bornemann and Deuflhard 1996): the problem is halved down to a few sites,
// solved there, and each solution is the start of the next finer level, where sweeps remove what is
// left. A coarser level gets twice the sweeps for a quarter of the sites, so the whole costs as
// much as two times kFinestSweeps over the finest. Unlike V-cycles it only ever averages: it cannot
// diverge on ragged holes.
constexpr int kCoarsestSide = 6;
constexpr int kFinestSweeps = 8;
constexpr int kMostSweeps = 512;

// Mean of the up to four neighbours that take part; the site itself when there is none.
std::array<float, 4> neighbour_mean(const Membrane& m, int x, int y) {
  std::array<float, 4> sum{};
  int count = 0;
  const auto add = [&](std::size_t i) {
    if (m.sites[i] == Site::kOutside) return;
    for (int c = 0; c < 4; ++c) sum[c] += m.values[i][c];
    ++count;
  };
  const std::size_t here = m.index(x, y);
  if (x > 0) add(here - 1);
  if (x + 1 < m.width) add(here + 1);
  if (y > 0) add(here - m.width);
  if (y + 1 < m.height) add(here + m.width);
  if (count == 0) return m.values[here];
  for (float& value : sum) value /= float(count);
  return sum;
}

// Red-black Gauss-Seidel: sites of one colour only read the other, so the order does not matter.
void sweep(Membrane& m) {
  for (int colour = 0; colour < 2; ++colour) {
    for (int y = 0; y < m.height; ++y) {
      for (int x = (y + colour) % 2; x < m.width; x += 2) {
        const std::size_t i = m.index(x, y);
        if (m.sites[i] == Site::kUnknown) m.values[i] = neighbour_mean(m, x, y);
      }
    }
  }
}

template <typename Function>
void for_each_child(const Membrane& fine, int x, int y, Function&& visit) {
  for (int fy = 2 * y; fy < std::min(2 * y + 2, fine.height); ++fy) {
    for (int fx = 2 * x; fx < std::min(2 * x + 2, fine.width); ++fx) visit(fine.index(fx, fy));
  }
}

// A coarse site is fixed to the mean of its fixed children if it has any, else unknown if one of
// them is.
Membrane halve(const Membrane& fine) {
  Membrane coarse((fine.width + 1) / 2, (fine.height + 1) / 2);
  for (int y = 0; y < coarse.height; ++y) {
    for (int x = 0; x < coarse.width; ++x) {
      const std::size_t i = coarse.index(x, y);
      int fixed = 0;
      for_each_child(fine, x, y, [&](std::size_t child) {
        if (fine.sites[child] == Site::kUnknown && fixed == 0) coarse.sites[i] = Site::kUnknown;
        if (fine.sites[child] != Site::kFixed) return;
        coarse.sites[i] = Site::kFixed;
        ++fixed;
        for (int c = 0; c < 4; ++c) coarse.values[i][c] += fine.values[child][c];
      });
      for (float& value : coarse.values[i]) value /= float(std::max(fixed, 1));
    }
  }
  return coarse;
}

// Starts every unknown from the coarse solution, linearly between the centres of coarse sites
// (weights 9, 3, 3, 1 of 16) as far as those take part.
void start_from(const Membrane& coarse, Membrane& fine) {
  for (int y = 0; y < fine.height; ++y) {
    for (int x = 0; x < fine.width; ++x) {
      const std::size_t i = fine.index(x, y);
      if (fine.sites[i] != Site::kUnknown) continue;
      std::array<float, 4> sum{};
      float weights = 0;
      const auto add = [&](int cx, int cy, float weight) {
        if (cx < 0 || cy < 0 || cx >= coarse.width || cy >= coarse.height) return;
        const std::size_t from = coarse.index(cx, cy);
        if (coarse.sites[from] == Site::kOutside) return;
        for (int c = 0; c < 4; ++c) sum[c] += weight * coarse.values[from][c];
        weights += weight;
      };
      const int cx = x / 2;
      const int cy = y / 2;
      const int beside = x % 2 == 0 ? cx - 1 : cx + 1;
      const int above = y % 2 == 0 ? cy - 1 : cy + 1;
      add(cx, cy, 9);
      add(beside, cy, 3);
      add(cx, above, 3);
      add(beside, above, 1);
      for (int c = 0; c < 4; ++c) fine.values[i][c] = sum[c] / weights;
    }
  }
}

void solve_level(Membrane& membrane, int sweeps) {
  const auto& sites = membrane.sites;
  if (std::ranges::find(sites, Site::kUnknown) == sites.end()) return;
  if (std::max(membrane.width, membrane.height) > kCoarsestSide) {
    Membrane coarse = halve(membrane);
    solve_level(coarse, std::min(2 * sweeps, kMostSweeps));
    start_from(coarse, membrane);
  }
  for (int i = 0; i < sweeps; ++i) sweep(membrane);
}

}  // namespace

void solve_membrane(Membrane& membrane) { solve_level(membrane, kFinestSweeps); }

}  // namespace pawfect
