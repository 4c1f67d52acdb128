// The layout of a T5 encoder in a weight file: its sizes, read from the shapes, and the names of
// its tensors in either of the two forms that people have (llama.cpp's GGUF, Hugging Face's
// safetensors). Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "weights/shape_check.h"
#include "weights/tensor_file.h"

namespace pawfect {

struct T5Sizes {
  int width = 0;  // of a row of the result
  int inner = 0;  // heads x channels of a head; need not equal the width
  int heads = 0;
  int wide = 0;  // of the feed-forward part
  int layers = 0;
  int buckets = 0;     // of the relative position bias
  int vocabulary = 0;  // rows of the embedding; may be more than the tokenizer has pieces
  float epsilon = 1e-6f;
};

enum class T5Part {
  kAttentionNorm,
  kQuery,
  kKey,
  kValue,
  kOut,
  kFeedNorm,
  kGate,  // wi_0, through gelu
  kUp,    // wi_1
  kDown,  // wo
};

struct T5Layout {
  T5Sizes sizes;
  bool is_gguf_form = false;  // llama.cpp's names
  std::string embedding;      // [width, vocabulary]
  std::string position_bias;  // [heads, buckets]
  std::string final_norm;     // [width]
};

// The name of a weight of layer `number`.
std::string t5_name(const T5Layout& layout, int number, T5Part part);

// Every tensor that the encoder uses, shapes innermost first.
std::vector<ExpectedTensor> t5_tensors(const T5Layout& layout);

// Errors (kModelMissing): a file that is no T5 encoder, a T5 of another version (without the gate,
// or with a position bias in every layer), missing or misshapen tensors (the first five). What else
// the file holds, a decoder say, is left alone.
Result<T5Layout> read_t5_layout(const TensorFile& file);

}  // namespace pawfect
