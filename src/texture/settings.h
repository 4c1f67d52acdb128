// Every number of the texture engine in one place, with what it means. The values were chosen by
// measurement (docs/texture-engine.md); tests and the benchmark may pass others. Value type.
#pragma once

namespace pawfect::texture {

inline constexpr int kPatchRadius = 3;
inline constexpr int kPatchSide = 2 * kPatchRadius + 1;
inline constexpr int kPatchPixels = kPatchSide * kPatchSide;

struct Settings {
  // Pyramid
  int coarsest_thickness = 20;  // halve until the hole is at most this thick (pixels) ...
  int coarsest_targets = 2500;  // ... and at most this many patches touch it
  int thinnest = 8;             // but never halve a hole thinner than this
  int min_side = 24;            // nor make a window side shorter than this
  int min_sources = 200;        // nor leave fewer source patches than this

  // Fourth channel
  float texture_gain = 4.0f;  // gain x local mean of |dx| + |dy| of luma, 0..255
  int texture_radius = 4;     // of the box that the mean runs over, pixels

  // Search
  float row_weight = 20.0f;  // cost of copying from another height: weight x 49 x |dy| / height
  // A colour foreign to the ring round the hole costs ring_weight x 49 x what its distance to the
  // nearest ring colour exceeds ring_slack by.
  float ring_weight = 2.0f;
  float ring_slack = 36.0f;
  int ring_width = 5;      // of the ring, pixels of a level of about ring_pixels
  int ring_colours = 400;  // that are looked at
  int ring_pixels = 3000;
  int onion_sources = 3000;  // sources that the first, coarsest guess looks at
  int first_passes = 6;      // passes from random patches at the coarsest level
  int coarsest_rounds = 10;  // rounds of search and vote at the coarsest level,
  int middle_rounds = 4;     // ... between,
  int finest_rounds = 1;     // ... and at full size
  int passes = 2;            // search passes a round
  int middle_reach = 64;     // largest random step between, pixels
  int finest_reach = 16;     // ... and at full size

  // Labels and correction
  int label_radius = 2;       // patches this near may give a pixel its source
  float depth_pull = 0.69f;   // prefer patches centred nearer the rim: cost a pixel of depth
  float colour_pull = 0.05f;  // prefer the source whose colour is nearest the vote: cost a level
  float screening = 0.01f;    // keeps a correction from spreading without end
  float step_full = 80.0f;    // colour steps up to this many levels are corrected wholly ...
  float step_none = 160.0f;   // ... and from here on not at all: true edges do not bleed
  int repaint_rounds = 2;     // of conjugate gradients when a level is repainted between searches
  int solver_rounds = 4;      // ... and for the picture itself
};

}  // namespace pawfect::texture
