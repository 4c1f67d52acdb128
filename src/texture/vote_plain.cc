#include "texture/clones.h"
#include "texture/vote_body.h"

namespace pawfect::texture {

PAWFECT_CLONES
void vote_pixels_plain(const VoteView& v, const std::int32_t* hole_pixels, int count) {
  for (int k = 0; k < count; ++k) vote_pixel(v, hole_pixels[k]);
}

}  // namespace pawfect::texture
