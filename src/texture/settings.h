// Every number of the texture engine in one place, with what it means. The values were chosen by
// measurement (docs/texture-engine.md); tests and the benchmark may pass others. Value type.
#pragma once

#include <cstdint>

namespace pawfect::texture {

inline constexpr int kPatchRadius = 3;
inline constexpr int kPatchSide = 2 * kPatchRadius + 1;
inline constexpr int kPatchPixels = kPatchSide * kPatchSide;

struct Settings {
  // Pyramid
  int coarsest_thickness = 20;   // halve until the hole is at most this thick ...
  int coarsest_targets = 2500;   // ... and at most this many patches touch it
  int min_side = 24;             // never below this window side
  int min_sources = 200;         // never below this many sources

  // Features
  float texture_gain = 4.0f;     // fourth channel = gain x mean |dx|+|dy| of luma
  int texture_radius = 4;

  // Search
  float row_weight = 20.0f;      // cost of copying from another height: weight x 49 x |dy| / height
  float guide_weight = 0.0f;
  float guide_slack = 12.0f;
  int coarsest_rounds = 10;
  int middle_rounds = 4;
  int finest_rounds = 1;
  int passes = 2;
  int middle_reach = 64;         // largest random step, px
  int finest_reach = 16;
  int onion_sources = 3000;

  // Labels and correction
  float colour_pull = 0.05f;     // label pick: weight of the L1 difference to the voted colour
  float depth_pull = 0.69f;
  int label_radius = 2;
  float screening = 0.01f;
  float step_full = 80.0f;       // colour steps up to this are corrected wholly ...
  float step_none = 160.0f;      // ... and from here on not at all
  int v_cycles = 3;
};

}  // namespace pawfect::texture
