// CLIP's published merge list, compiled in (data/clip/README.md). It is public and the same for
// every CLIP-L, so that a models folder need not hold it.
#pragma once

#include <cstddef>
#include <span>

#include "base/error.h"
#include "weights/clip_tokenizer.h"

namespace pawfect {

// The bytes of bpe_simple_vocab_16e6.txt.gz.
std::span<const std::byte> clip_vocabulary();

// Its tokenizer. Error (kBug): the bytes in this program are damaged.
Result<ClipTokenizer> builtin_clip_tokenizer();

}  // namespace pawfect
