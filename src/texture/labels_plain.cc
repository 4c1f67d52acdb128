#include "texture/clones.h"
#include "texture/labels_body.h"

namespace pawfect::texture {

PAWFECT_CLONES
void label_pixels_plain(const LabelView& v, const std::int32_t* hole_pixels, int count) {
  for (int k = 0; k < count; ++k) label_pixel(v, hole_pixels[k]);
}

}  // namespace pawfect::texture
