// The nearest field: for every patch that touches the hole, the known patch that it looks like most
// and at what cost; and the passes that improve it. Passes run in fixed bands of rows: inside a
// band one after the other, across a band's border a pass reads what stood there before it. So the
// result does not depend on the number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "texture/kernel.h"
#include "texture/level.h"
#include "texture/plane.h"
#include "texture/settings.h"
#include "texture/workers.h"

namespace pawfect::texture {

// Rows above and below the hole's box in which a field is set: targets lie up to a patch's radius
// away from it, and what is near a target is read.
inline constexpr int kFieldMargin = 2 * kPatchRadius;

struct NearestField {
  // By level index: centre of the source patch, -1 = no target.
  Plane<std::int32_t> source;
  Plane<std::uint32_t> cost;  // by level index: SAD plus penalties when last measured; of targets
};

struct Pass {
  std::uint64_t seed = 0;
  int reach = 0;  // largest random step, pixels; 0 = only measure and propagate
  bool is_backwards = false;
  bool is_stale = false;  // the hole's colours changed since the costs were measured
  Kernel kernel = Kernel::kFastest;
};

// Cost of copying from another height, by |dy|: weight x 49 x |dy| / height, at most 65 535.
std::vector<std::uint16_t> row_penalties(const Level& level, const Settings& settings);

// Every target with a random source. The level must have sources.
NearestField random_field(const Level& level, std::uint64_t seed);

// The field of the next finer level: offsets doubled; a source that is not known there moves to a
// random known one near by.
NearestField upsample_field(const NearestField& coarse, const Level& from, const Level& to,
                            std::uint64_t seed, Workers& workers);

// What a source costs beside its looks.
struct Penalties {
  std::vector<std::uint16_t> by_row;  // by |dy| between target and source
  Plane<std::uint16_t> by_source;     // by level index; see likeness.h
};

void run_pass(const Level& level, NearestField& field, const Penalties& penalties, const Pass& pass,
              Workers& workers);

}  // namespace pawfect::texture
