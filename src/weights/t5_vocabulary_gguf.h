// The T5 vocabulary that llama.cpp's converter writes into the GGUF of a T5 encoder: keys
// tokenizer.ggml.*. Pure function.
#pragma once

#include <string_view>

#include "base/error.h"
#include "weights/metadata.h"
#include "weights/t5_vocabulary.h"

namespace pawfect {

// `name` stands for the file in messages. Errors (kModelMissing): a tokenizer of another model than
// "t5", tokens, scores, types or charsmap missing, a value of the wrong type or out of range.
// Settings that are missing have the values of T5Vocabulary.
Result<T5Vocabulary> t5_vocabulary(const Metadata& metadata, std::string_view name);

}  // namespace pawfect
