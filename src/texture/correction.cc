#include "texture/correction.h"

#include <algorithm>
#include <cmath>

namespace pawfect::texture {
namespace {

// One grid of the multigrid. A frame of one pixel round the box holds u = 0 and takes away the border
// tests. `inverse` is 0 where u is fixed at 0, so smoothing never moves it.
struct Grid {
  int width = 0, height = 0, stride = 0;
  std::vector<float> u, right;   // 4 per pixel
  std::vector<float> diagonal;   // 1 per pixel: n_p + screening, 0 where fixed
  std::vector<float> inverse;
  std::vector<std::uint8_t> unknown, coupled;
};

Grid make_grid(int width, int height) {
  Grid g;
  g.width = width, g.height = height, g.stride = width + 2;
  const std::size_t n = std::size_t(g.stride) * (height + 2);
  g.u.assign(n * 4, 0.0f), g.right.assign(n * 4, 0.0f);
  g.diagonal.assign(n, 0.0f), g.inverse.assign(n, 0.0f);
  g.unknown.assign(n, 0), g.coupled.assign(n, 0);
  return g;
}

void set_operator(Grid& g, float screening) {
  for (int y = 1; y <= g.height; ++y) {
    for (int x = 1; x <= g.width; ++x) {
      const std::size_t i = std::size_t(y) * g.stride + x;
      if (!g.unknown[i]) continue;
      const int n = g.coupled[i - 1] + g.coupled[i + 1] + g.coupled[i - g.stride] + g.coupled[i + g.stride];
      g.diagonal[i] = float(n) + screening;
      g.inverse[i] = 1.0f / g.diagonal[i];
    }
  }
}

void smooth(Grid& g, int colour) {
  for (int y = 1; y <= g.height; ++y) {
    for (int x = 1 + ((y + colour) & 1); x <= g.width; x += 2) {
      const std::size_t i = std::size_t(y) * g.stride + x;
      const float inv = g.inverse[i];
      if (inv == 0.0f) continue;
      float* u = &g.u[i * 4];
      const float *l = u - 4, *r = u + 4, *a = u - 4 * g.stride, *b = u + 4 * g.stride, *f = &g.right[i * 4];
      for (int c = 0; c < 4; ++c) u[c] = inv * (f[c] + ((l[c] + r[c]) + (a[c] + b[c])));
    }
  }
}

void restrict_residual(const Grid& fine, Grid& coarse) {
  std::fill(coarse.u.begin(), coarse.u.end(), 0.0f);
  std::fill(coarse.right.begin(), coarse.right.end(), 0.0f);
  for (int y = 1; y <= fine.height; ++y) {
    for (int x = 1; x <= fine.width; ++x) {
      const std::size_t i = std::size_t(y) * fine.stride + x;
      if (!fine.unknown[i]) continue;
      const std::size_t j = std::size_t((y + 1) / 2) * coarse.stride + (x + 1) / 2;
      if (!coarse.unknown[j]) continue;
      const float *u = &fine.u[i * 4], *f = &fine.right[i * 4];
      const float *l = u - 4, *r = u + 4, *a = u - 4 * fine.stride, *b = u + 4 * fine.stride;
      for (int c = 0; c < 4; ++c) {
        coarse.right[j * 4 + c] += f[c] + ((l[c] + r[c]) + (a[c] + b[c])) - fine.diagonal[i] * u[c];
      }
    }
  }
}

void add_coarse(const Grid& coarse, Grid& fine, float scale) {
  for (int y = 1; y <= fine.height; ++y) {
    for (int x = 1; x <= fine.width; ++x) {
      const std::size_t i = std::size_t(y) * fine.stride + x;
      if (!fine.unknown[i]) continue;
      const std::size_t j = std::size_t((y + 1) / 2) * coarse.stride + (x + 1) / 2;
      for (int c = 0; c < 4; ++c) fine.u[i * 4 + c] += scale * coarse.u[j * 4 + c];
    }
  }
}

void v_cycle(std::vector<Grid>& grids, std::size_t level) {
  constexpr int kSweeps = 2;
  constexpr int kCoarsestSweeps = 30;
  constexpr float kCoarseScale = 0.6f;  // a copied-up correction overshoots; undamped it diverges
  Grid& g = grids[level];
  if (level + 1 == grids.size()) {
    for (int s = 0; s < kCoarsestSweeps; ++s) smooth(g, 0), smooth(g, 1);
    return;
  }
  for (int s = 0; s < kSweeps; ++s) smooth(g, 0), smooth(g, 1);
  restrict_residual(g, grids[level + 1]);
  v_cycle(grids, level + 1);
  add_coarse(grids[level + 1], g, kCoarseScale);
  for (int s = 0; s < kSweeps; ++s) smooth(g, 1), smooth(g, 0);
}

}  // namespace

std::vector<float> solve_correction(const CorrectionProblem& p, float screening, int v_cycles) {
  std::vector<Grid> grids;
  grids.push_back(make_grid(p.width, p.height));
  Grid& top = grids[0];
  for (int y = 0; y < p.height; ++y) {
    for (int x = 0; x < p.width; ++x) {
      const std::size_t i = std::size_t(y) * p.width + x, j = std::size_t(y + 1) * top.stride + x + 1;
      top.unknown[j] = p.unknown[i], top.coupled[j] = p.coupled[i];
      std::copy_n(&p.right[i * 4], 4, &top.right[j * 4]);
    }
  }
  set_operator(top, screening);
  while (grids.back().width > 3 && grids.back().height > 3) {
    const Grid& fine = grids.back();
    Grid coarse = make_grid((fine.width + 1) / 2, (fine.height + 1) / 2);
    for (int y = 1; y <= coarse.height; ++y) {
      for (int x = 1; x <= coarse.width; ++x) {
        const std::size_t j = std::size_t(y) * coarse.stride + x;
        int unknown = 0, coupled = 0;
        for (int d = 0; d < 4; ++d) {
          const int fx = 2 * x - 1 + (d & 1), fy = 2 * y - 1 + (d >> 1);
          if (fx > fine.width || fy > fine.height) continue;
          const std::size_t i = std::size_t(fy) * fine.stride + fx;
          unknown += fine.unknown[i], coupled += fine.coupled[i];
        }
        coarse.unknown[j] = unknown >= 2;
        coarse.coupled[j] = coupled >= 1;
      }
    }
    set_operator(coarse, screening * 4);
    grids.push_back(std::move(coarse));
  }
  for (int cycle = 0; cycle < v_cycles; ++cycle) v_cycle(grids, 0);
  std::vector<float> u(std::size_t(p.width) * p.height * 4);
  for (int y = 0; y < p.height; ++y) {
    std::copy_n(&grids[0].u[(std::size_t(y + 1) * grids[0].stride + 1) * 4], std::size_t(p.width) * 4,
                &u[std::size_t(y) * p.width * 4]);
  }
  return u;
}

double correction_residual(const CorrectionProblem& p, const std::vector<float>& u, float screening) {
  double sum = 0;
  for (int y = 0; y < p.height; ++y) {
    for (int x = 0; x < p.width; ++x) {
      const std::size_t i = std::size_t(y) * p.width + x;
      if (!p.unknown[i]) continue;
      for (int c = 0; c < 4; ++c) {
        double n = screening, around = 0;
        const auto see = [&](int qx, int qy) {
          if (qx < 0 || qy < 0 || qx >= p.width || qy >= p.height) return;
          const std::size_t j = std::size_t(qy) * p.width + qx;
          if (!p.coupled[j]) return;
          n += 1;
          if (p.unknown[j]) around += u[j * 4 + c];
        };
        see(x - 1, y), see(x + 1, y), see(x, y - 1), see(x, y + 1);
        const double r = p.right[i * 4 + c] + around - n * u[i * 4 + c];
        sum += r * r;
      }
    }
  }
  return std::sqrt(sum);
}

}  // namespace pawfect::texture
