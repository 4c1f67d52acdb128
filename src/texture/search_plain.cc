#include "texture/patch_distance.h"
#include "texture/search_body.h"

namespace pawfect::texture {

void search_band_plain(const BandView& view) { search_band_with<PlainPatch>(view); }

}  // namespace pawfect::texture
