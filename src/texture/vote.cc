#include "texture/vote.h"

#include "texture/vote_body.h"

namespace pawfect::texture {

void vote(Level& level, const NearestField& field, Workers& workers, Kernel kernel) {
  constexpr int kPixelsEach = 2048;
  const VoteView view = {level.pixels.data(), field.source.data(), level.vote_weight.data(),
                         level.width,         level.height,        level.stride};
  const int count = int(level.hole_pixels.size());
  workers.run_rows(count, kPixelsEach, std::int64_t{count} * 4, [&](int first, int last) {
    const std::int32_t* pixels = level.hole_pixels.data() + first;
#if defined(PAWFECT_HAS_AVX2)
    if (runs_avx2(kernel)) return vote_pixels_avx2(view, pixels, last - first);
#endif
    vote_pixels_plain(view, pixels, last - first);
  });
  (void)kernel;
}

}  // namespace pawfect::texture
