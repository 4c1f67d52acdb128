// The layout of CLIP's text encoder in a weight file: its sizes, read from the shapes, and the
// names of its tensors, with or without "text_model." in front. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "weights/shape_check.h"
#include "weights/tensor_file.h"

namespace pawfect {

struct ClipSizes {
  int width = 0;
  int heads = 0;  // not in the file: 64 channels each, as in every CLIP text encoder
  int wide = 0;   // of the feed-forward part
  int layers = 0;
  int positions = 0;  // the longest text
  int vocabulary = 0;
};

struct ClipLayout {
  ClipSizes sizes;
  std::string prefix;  // "text_model." or empty

  std::string token_embedding() const { return prefix + "embeddings.token_embedding.weight"; }
  std::string position_embedding() const { return prefix + "embeddings.position_embedding.weight"; }
  std::string final_norm() const { return prefix + "final_layer_norm"; }
  // "text_model.encoder.layers.3.mlp.fc1", to which ".weight" or ".bias" is added.
  std::string layer(int number, std::string_view part) const;
};

// Every tensor that the encoder uses, shapes innermost first.
std::vector<ExpectedTensor> clip_tensors(const ClipLayout& layout);

// Errors (kModelMissing): no CLIP text encoder, missing or misshapen tensors (the first five). What
// else the file holds (projection, position ids, the picture encoder) is left alone.
Result<ClipLayout> read_clip_layout(const TensorFile& file);

}  // namespace pawfect
