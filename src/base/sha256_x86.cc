#include "base/sha256_rounds.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace pawfect {

#if defined(__x86_64__)

bool has_sha_instructions() {
  // Asked once: under a hypervisor the question takes longer than a short hash.
  static const bool has_them = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    const bool has_sse = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_1) != 0;
    return has_sse && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
  }();
  return has_them;
}

// Intel, "New instructions supporting the secure hash algorithm": the state as the two registers
// ABEF and CDGH, four rounds with four words of the schedule a turn.
__attribute__((target("sha,sse4.1,ssse3"))) void compress_with_instructions(
    std::array<std::uint32_t, 8>& state, const std::byte* blocks, std::size_t count) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  auto* words = reinterpret_cast<__m128i*>(state.data());
  const __m128i dcba = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xB1);      // CDAB
  const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1B);  // EFGH
  __m128i abef = _mm_alignr_epi8(dcba, hgfe, 8);
  __m128i cdgh = _mm_blend_epi16(hgfe, dcba, 0xF0);

  for (; count > 0; --count, blocks += 64) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];  // the last 16 words of the schedule
    for (std::size_t k = 0; k < 4; ++k) {
      const auto* from = reinterpret_cast<const __m128i*>(blocks + 16 * k);
      w[k] = _mm_shuffle_epi8(_mm_loadu_si128(from), big_endian);
    }
    for (std::size_t turn = 0; turn < 16; ++turn) {
      __m128i& now = w[turn % 4];
      if (turn >= 4) {
        const __m128i last = w[(turn + 3) % 4];
        const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(now, w[(turn + 1) % 4]),
                                          _mm_alignr_epi8(last, w[(turn + 2) % 4], 4));
        now = _mm_sha256msg2_epu32(sum, last);
      }
      const auto* constants = reinterpret_cast<const __m128i*>(kSha256Constants.data() + 4 * turn);
      const __m128i input = _mm_add_epi32(now, _mm_loadu_si128(constants));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, input);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(input, 0x0E));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }

  const __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128(words, _mm_blend_epi16(feba, dchg, 0xF0));   // DCBA
  _mm_storeu_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));  // HGFE
}

#else

bool has_sha_instructions() { return false; }

void compress_with_instructions(std::array<std::uint32_t, 8>& state, const std::byte* blocks,
                                std::size_t count) {
  compress_plain(state, blocks, count);
}

#endif

}  // namespace pawfect
