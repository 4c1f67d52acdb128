// The pieces of the FLUX autoencoder as ggml operations (BFL modules/autoencoder.py). Activations
// are [width, height, channels], innermost first; batch is one. Used while one graph is built.
//
// A convolution unfolds the picture into a matrix (im2col) and multiplies: on the processor faster
// than ggml's direct convolution, on a card the way to its matrix units. The matrix is nine times
// the activations, so it is made for a stripe of rows at a time; attention likewise goes through
// its queries in pieces. Both are kept near `piece_bytes`.
#pragma once

#include <ggml.h>

#include <cstdint>
#include <string>

#include "flux/vae_sizes.h"
#include "tensor/model_weights.h"

namespace pawfect {

struct VaeLayerOptions {
  std::uint64_t piece_bytes = std::uint64_t{64} << 20;
  bool copies_stripes = false;  // the unfolding kernel reads whole tensors only (Vulkan)
};

class VaeLayers {
 public:
  VaeLayers(ggml_context* context, const ModelWeights& weights, VaeLayerOptions options)
      : c_(context), weights_(weights), options_(options) {}

  // At most so many operations make one half of an autoencoder of these sizes.
  static std::size_t node_count(const VaeSizes& sizes);

  // Square kernel, zeros around the picture: `padding` on every side. A stride goes with no
  // padding.
  ggml_tensor* conv(const std::string& name, ggml_tensor* x, int stride = 1, int padding = 1) const;

  // silu(group_norm(x) * weight + bias).
  ggml_tensor* norm_silu(const std::string& name, ggml_tensor* x) const;

  ggml_tensor* residual_block(const std::string& name, ggml_tensor* x) const;

  // One head over all channels, every cell looks at every cell.
  ggml_tensor* attention(const std::string& name, ggml_tensor* x) const;

  // block_1, attn_1, block_2.
  ggml_tensor* middle(const std::string& name, ggml_tensor* x) const;

  // Halves the sides: one row and column of zeros at the bottom and right only, stride 2.
  ggml_tensor* downsample(const std::string& name, ggml_tensor* x) const;

  // Doubles the sides by repeating pixels, then a convolution.
  ggml_tensor* upsample(const std::string& name, ggml_tensor* x) const;

 private:
  ggml_tensor* norm(const std::string& name, ggml_tensor* x) const;
  ggml_tensor* weight(const std::string& name) const { return weights_.find(name + ".weight"); }
  ggml_tensor* bias(const std::string& name) const { return weights_.find(name + ".bias"); }
  // Rows of `out` from `first` on are those of `piece`. The first piece makes `whole` (null
  // before).
  ggml_tensor* put(ggml_tensor* whole, ggml_tensor* piece, std::int64_t first,
                   std::int64_t rows) const;

  ggml_context* c_;
  const ModelWeights& weights_;
  const VaeLayerOptions options_;
};

}  // namespace pawfect
