// Compiled with -mavx2; called only where the processor has it. Empty elsewhere.
#include "texture/patch_distance.h"
#include "texture/search_body.h"

#if defined(PAWFECT_HAS_AVX2)
namespace pawfect::texture {

void search_band_avx2(const BandView& view) { search_band_with<Avx2Patch>(view); }

}  // namespace pawfect::texture
#endif
