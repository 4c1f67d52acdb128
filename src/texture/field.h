// NearestField: for every patch that touches the hole, the known patch that it looks like, and at what
// cost. Planes share the index of their Level. Used by one fill; passes run in fixed bands of rows so
// that the result does not depend on the number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "texture/level.h"
#include "texture/settings.h"

namespace pawfect::texture {

struct NearestField {
  std::vector<std::int32_t> source;   // index of the source patch's centre; -1 where there is no target
  std::vector<std::uint32_t> cost;    // SAD over 49 x 4 bytes plus penalties, for the colours last measured
};

// What a search pass reads and writes: bare pointers, so that the hot loops can be compiled for
// several instruction sets.
struct SearchView {
  const std::uint8_t* pixels = nullptr;
  const std::uint8_t* source_ok = nullptr;
  const std::uint16_t* row_penalty = nullptr;   // by |dy|
  const std::uint8_t* guide = nullptr;          // 4 bytes a pixel or null
  const std::uint8_t* blur = nullptr;           // 4 bytes a pixel
  const std::uint8_t* guide_weight = nullptr;   // per target
  int guide_slack = 0;
  const std::int32_t* targets = nullptr;
  const std::int32_t* target_rows = nullptr;
  std::int32_t* source = nullptr;
  std::uint32_t* cost = nullptr;
  const std::int32_t* row_above = nullptr;      // sources of the row above / below the band, as they
  const std::int32_t* row_below = nullptr;      // were before the pass (stride entries)
  int width = 0, height = 0, stride = 0;
};

struct PassOptions {
  std::uint64_t seed = 0;   // of this level, round and pass
  int reach = 0;            // largest random step
  bool backwards = false;
  bool measure_first = false;   // colours changed: cost of the present source is stale
};

// Rows [y0, y1) of one PatchMatch pass (Barnes et al. 2009): propagation and random search.
void search_band(const SearchView& view, const PassOptions& options, int y0, int y1);

// SAD of two 7x7 patches of 4-byte pixels, given their centres' indices.
std::uint32_t patch_distance(const std::uint8_t* pixels, int stride, int a, int b);

}  // namespace pawfect::texture
