// Runs: a hard mask as the stretches of set pixels in its rows. Most masks are a few thousand runs,
// so that parts, specks and pin-holes cost far less than a walk over the pixels. Value types, not
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/rect.h"
#include "mask/mask.h"

namespace pawfect {

struct Run {
  int y = 0;
  int begin = 0;  // first set column
  int end = 0;    // first column after it

  std::int64_t length() const { return end - begin; }
  bool operator==(const Run&) const = default;
};

// In reading order; runs of one row never touch.
using RunList = std::vector<Run>;

// A connected part.
struct Part {
  PixelRect box;
  std::int64_t pixels = 0;
};

struct PartList {
  std::vector<Part> parts;       // in the order of their first run
  std::vector<int> part_of_run;  // for every run, the index of its part
};

enum class Neighbours { k4, k8 };

// The runs of all pixels that are not 0. With a limit: empty as soon as there are more runs than
// that.
RunList find_runs(const Mask& mask);
std::optional<RunList> find_runs(const Mask& mask, std::size_t limit);

// The smallest rectangle that holds all runs; empty when there are none.
PixelRect bounding_box(std::span<const Run> runs);

// The parts that runs form; near-linear in their number.
PartList find_parts(std::span<const Run> runs, Neighbours neighbours);

}  // namespace pawfect
