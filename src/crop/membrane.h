// A membrane: values given along an edge, extended smoothly over an area by Laplace's equation, so
// that every unknown is the mean of its neighbours. No unknown ever leaves the range of the given
// values. Value types, not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace pawfect {

enum class Site : std::uint8_t { kOutside, kFixed, kUnknown };

// Up to four channels at once, rows without padding. Sites outside take no part: the membrane ends
// there without a pull, as at a picture's border.
struct Membrane {
  int width = 0;
  int height = 0;
  std::vector<std::array<float, 4>> values;
  std::vector<Site> sites;

  Membrane(int w, int h)
      : width(w),
        height(h),
        values(std::size_t(w) * h, std::array<float, 4>{}),
        sites(std::size_t(w) * h, Site::kOutside) {}
  std::size_t index(int x, int y) const { return std::size_t(y) * width + x; }
};

// Finds the unknown values from the fixed ones. An area that no fixed site bounds takes those of
// others nearby, or 0 when none is fixed at all. Time and memory are linear in the number of sites;
// the order of work is fixed, so the result is too.
void solve_membrane(Membrane& membrane);

}  // namespace pawfect
