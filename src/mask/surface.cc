#include "mask/surface.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace pawfect {
namespace {

constexpr int kMostCells =
    96;  // a side: enough for a soft outline, and large enough to average grain
constexpr int kBlurReach = 2;
constexpr int kFitRounds = 8;

struct Sums {
  double red = 0;
  double green = 0;
  double blue = 0;
  int pixels = 0;
};

template <typename T>
Sums add_pixels(const Image& photo, const Mask& mask, const PixelRect& rect) {
  Sums sums;
  const bool is_colour = photo.colour_channels() == 3;
  for (int y = rect.y; y < rect.bottom(); ++y) {
    const auto row = photo.row<T>(y);
    const auto masked = mask.row(y);
    for (int x = rect.x; x < rect.right(); ++x) {
      if (masked[x]) continue;
      const T* pixel = &row[std::size_t(x) * photo.channels];
      sums.red += pixel[0];
      sums.green += pixel[is_colour ? 1 : 0];
      sums.blue += pixel[is_colour ? 2 : 0];
      ++sums.pixels;
    }
  }
  return sums;
}

SurfaceCell measure_cell(const Image& photo, const Mask& mask, const PixelRect& rect) {
  const bool is_wide = photo.depth == SampleDepth::k16;
  const Sums sums = is_wide ? add_pixels<std::uint16_t>(photo, mask, rect)
                            : add_pixels<std::uint8_t>(photo, mask, rect);
  SurfaceCell cell;
  if (sums.pixels * 2 < rect.area()) return cell;
  cell.is_known = true;
  const double full = sums.pixels * (is_wide ? 65535.0 : 255.0);
  cell.lightness = float((0.299 * sums.red + 0.587 * sums.green + 0.114 * sums.blue) / full);
  // A little grey is added, so that the colour of near-black stays calm.
  const double total = sums.red + sums.green + sums.blue + 0.06 * full;
  cell.red = float((sums.red + 0.02 * full) / total);
  cell.blue = float((sums.blue + 0.02 * full) / total);
  return cell;
}

template <typename T>
T median(std::vector<T> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Mean over the known cells within kBlurReach of one.
SurfaceCell blur_cell(const Surface& surface, int column, int row) {
  SurfaceCell sum;
  float count = 0;
  const PixelRect near{column - kBlurReach, row - kBlurReach, 2 * kBlurReach + 1,
                       2 * kBlurReach + 1};
  const PixelRect rect = intersection(near, {0, 0, surface.columns, surface.rows});
  for (int y = rect.y; y < rect.bottom(); ++y) {
    for (int x = rect.x; x < rect.right(); ++x) {
      const SurfaceCell& cell = surface.at(x, y);
      if (!cell.is_known) continue;
      sum.lightness += cell.lightness;
      sum.red += cell.red;
      sum.blue += cell.blue;
      ++count;
    }
  }
  return {true, sum.lightness / count, sum.red / count, sum.blue / count};
}

// Takes the grain of grass or gravel off, which would drown a soft shadow.
void blur(Surface& surface) {
  std::vector<SurfaceCell> blurred = surface.cells;
  for (int row = 0; row < surface.rows; ++row) {
    for (int column = 0; column < surface.columns; ++column) {
      SurfaceCell& cell = blurred[std::size_t(row) * surface.columns + column];
      if (cell.is_known) cell = blur_cell(surface, column, row);
    }
  }
  surface.cells = std::move(blurred);
}

// Solves the symmetric 3x3 system by Cramer's rule; false when it is (nearly) singular.
bool solve(const std::array<std::array<double, 3>, 3>& m, const std::array<double, 3>& b,
           std::array<double, 3>& out) {
  const auto determinant = [](const std::array<std::array<double, 3>, 3>& a) {
    return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
           a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
           a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
  };
  const double whole = determinant(m);
  if (std::abs(whole) < 1e-6) return false;
  for (int i = 0; i < 3; ++i) {
    auto replaced = m;
    for (int row = 0; row < 3; ++row) replaced[row][i] = b[row];
    out[i] = determinant(replaced) / whole;
  }
  return true;
}

// Fits the plane to the known cells within `tolerance` of it; keeps it when they do not span a
// plane.
void refit(const Surface& surface, double tolerance, LitPlane& plane) {
  std::array<std::array<double, 3>, 3> m{};
  std::array<double, 3> b{};
  for (int row = 0; row < surface.rows; ++row) {
    for (int column = 0; column < surface.columns; ++column) {
      const SurfaceCell& cell = surface.at(column, row);
      if (!cell.is_known) continue;
      if (std::abs(cell.lightness - plane.at(column, row)) > tolerance) continue;
      const std::array<double, 3> v{1.0, double(column), double(row)};
      for (int i = 0; i < 3; ++i) {
        for (int j = 0; j < 3; ++j) m[i][j] += v[i] * v[j];
        b[i] += v[i] * cell.lightness;
      }
    }
  }
  std::array<double, 3> fitted;
  if (solve(m, b, fitted)) {
    plane.level = fitted[0];
    plane.across = fitted[1];
    plane.down = fitted[2];
  }
}

// 1.4826 x the median absolute residual: the standard deviation of the cells that behave.
double residual_spread(const Surface& surface, const LitPlane& plane) {
  std::vector<double> residuals;
  for (int row = 0; row < surface.rows; ++row) {
    for (int column = 0; column < surface.columns; ++column) {
      const SurfaceCell& cell = surface.at(column, row);
      if (cell.is_known) residuals.push_back(std::abs(cell.lightness - plane.at(column, row)));
    }
  }
  return 1.4826 * median(std::move(residuals));
}

// The colour of the cells that follow the plane.
void measure_colour(const Surface& surface, LitPlane& plane) {
  std::vector<float> red, blue, distances;
  const double tolerance = 2 * plane.spread + 0.01;
  for (int row = 0; row < surface.rows; ++row) {
    for (int column = 0; column < surface.columns; ++column) {
      const SurfaceCell& cell = surface.at(column, row);
      if (!cell.is_known) continue;
      if (std::abs(cell.lightness - plane.at(column, row)) > tolerance) continue;
      red.push_back(cell.red);
      blue.push_back(cell.blue);
    }
  }
  if (red.empty()) return;
  plane.red = median(red);
  plane.blue = median(blue);
  for (std::size_t i = 0; i < red.size(); ++i) {
    distances.push_back(std::max(std::abs(red[i] - plane.red), std::abs(blue[i] - plane.blue)));
  }
  plane.colour_spread = 1.4826f * median(std::move(distances));
}

}  // namespace

Surface measure_surface(const Image& photo, const Mask& mask, const PixelRect& zone) {
  Surface surface;
  surface.zone = zone;
  surface.cell_size = (std::max(zone.width, zone.height) + kMostCells - 1) / kMostCells;
  const int size = surface.cell_size;
  surface.columns = (zone.width + size - 1) / size;
  surface.rows = (zone.height + size - 1) / size;
  surface.cells.reserve(std::size_t(surface.columns) * surface.rows);
  for (int row = 0; row < surface.rows; ++row) {
    for (int column = 0; column < surface.columns; ++column) {
      const PixelRect cell{zone.x + column * size, zone.y + row * size, size, size};
      surface.cells.push_back(measure_cell(photo, mask, intersection(cell, zone)));
    }
  }
  blur(surface);
  return surface;
}

LitPlane fit_lit_plane(const Surface& surface) {
  std::vector<float> lightness;
  for (const SurfaceCell& cell : surface.cells) {
    if (cell.is_known) lightness.push_back(cell.lightness);
  }
  LitPlane plane;
  plane.level = median(std::move(lightness));
  for (int round = 0; round < kFitRounds; ++round) {
    refit(surface, 2 * residual_spread(surface, plane) + 0.01, plane);
  }
  plane.spread = residual_spread(surface, plane);

  measure_colour(surface, plane);
  return plane;
}

}  // namespace pawfect
