// Level: one size of the window's pyramid. All planes share one index i = y * stride + x; rows are
// padded on the right so that a 32-byte load of a patch row never leaves the buffer. A pixel is
// four bytes: B, G, R (or grey thrice) and a texture channel. Owned by the fill; written by one
// stage at a time, read by many threads.
#pragma once

#include <cstdint>
#include <vector>

#include "base/rect.h"
#include "texture/plane.h"
#include "texture/settings.h"
#include "texture/workers.h"

namespace pawfect::texture {

enum PixelKind : std::uint8_t { kKnown = 0, kHole = 1, kUnusable = 2 };

struct Level {
  int width = 0;
  int height = 0;
  int stride = 0;                         // pixels
  std::vector<std::uint8_t> pixels;       // 4 bytes a pixel
  std::vector<std::uint8_t> kind;         // PixelKind; padding is kUnusable
  std::vector<std::uint8_t> source_ok;    // 1 = a patch centred here is wholly known
  std::vector<std::int32_t> targets;      // centres of patches that touch the hole, raster order
  std::vector<std::int32_t> target_rows;  // height + 1 offsets into targets
  Plane<float> depth;  // distance into the hole in pixels, 0 outside it; set in rows of targets
  Plane<float> vote_weight;  // of each target's patch: 2^-depth of its centre; set for targets
  std::vector<std::int32_t> hole_pixels;  // raster order
  int sources = 0;                        // how many source patches there are
  std::int32_t first_source = -1;         // index of one of them, -1 = none
  PixelRect hole_box;                     // of the hole pixels; empty without any

  std::int64_t size() const { return std::int64_t{stride} * height; }
};

// Makes an empty level of the given size.
Level make_level(int width, int height);

// Fills in everything that follows from `kind`: source_ok, targets, depth, hole_pixels.
void index_level(Level& level, Workers& workers);

// Halves a level with a 1-3-3-1 filter over known pixels; a coarse pixel is known when at least
// three of its four children are. Not indexed yet.
Level halve(const Level& fine, Workers& workers);

// Thickness of the hole in pixels: twice the largest depth.
float hole_thickness(const Level& level);

// Writes the fourth channel of the known pixels: local mean of |dx| + |dy| of luma, times gain.
void add_texture_channel(Level& level, const Settings& settings, Workers& workers);

}  // namespace pawfect::texture
