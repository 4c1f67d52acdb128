#include "flux/clip_vocabulary.h"

#include <string>
#include <string_view>

#include "weights/vocabulary_file.h"

// The assembler puts the file into the program: g++ 12 has no #embed, and an array of 1.3 million
// literals would take longer to compile than all else.
__asm__(
    ".pushsection .rodata\n"
    ".global pawfect_clip_vocabulary_begin\n"
    ".global pawfect_clip_vocabulary_end\n"
    "pawfect_clip_vocabulary_begin:\n"
    ".incbin \"" PAWFECT_CLIP_VOCABULARY
    "\"\n"
    "pawfect_clip_vocabulary_end:\n"
    ".popsection\n");

extern "C" {
extern const std::byte pawfect_clip_vocabulary_begin[];
extern const std::byte pawfect_clip_vocabulary_end[];
}

namespace pawfect {

std::span<const std::byte> clip_vocabulary() {
  return {pawfect_clip_vocabulary_begin, pawfect_clip_vocabulary_end};
}

Result<ClipTokenizer> builtin_clip_tokenizer() {
  constexpr std::string_view kName = "CLIP's vocabulary inside this program";
  const std::span<const std::byte> bytes = clip_vocabulary();
  const Result<std::string> text =
      unpacked(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), kName);
  if (!text) return fail(ErrorCode::kBug, text.error().message);
  return ClipTokenizer::from_bpe_simple_text(*text, kName);
}

}  // namespace pawfect
