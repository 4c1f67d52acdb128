// The pieces of the FLUX transformer as ggml operations (BFL modules/layers.py, math.py). Every
// tensor of activations is [channels, tokens], innermost first; batch is one. Used while one graph
// is built.
#pragma once

#include <ggml.h>

#include <string>

#include "flux/flux_sizes.h"
#include "tensor/model_weights.h"

namespace pawfect {

// Positions of the joint sequence, text first, and per pair of channels the divisor that makes its
// angle of one axis' position: angle = position / factor. Pairs of another axis have a factor so
// large that they stay as they are.
struct RopeInputs {
  ggml_tensor *row, *column;                  // I32 [tokens]
  ggml_tensor *row_factors, *column_factors;  // F32 [head_dim / 2]
};

struct BlockOptions {
  bool is_on_card = false;  // a card's kernels want plain layouts and half precision in attention;
                            // on the processor one wide product is cheapest
  bool is_exact = false;    // no table in half precision for the GELU
  bool is_half = false;     // all matrices are F16: what feeds several products is made F16 once,
                            // not by each of them
};

class FluxBlocks {
 public:
  FluxBlocks(ggml_context* context, const ModelWeights& weights, const FluxSizes& sizes,
             const RopeInputs& rope, BlockOptions options)
      : c_(context), weights_(weights), sizes_(sizes), rope_(rope), options_(options) {}

  // weight x + bias.
  ggml_tensor* linear(const std::string& name, ggml_tensor* x) const;

  // out_layer(silu(in_layer(x))).
  ggml_tensor* embed(const std::string& name, ggml_tensor* x) const;

  struct Streams {
    ggml_tensor *img, *txt;
  };
  // vec: silu of the summed embeddings, [hidden].
  Streams double_block(int number, Streams x, ggml_tensor* vec) const;
  ggml_tensor* single_block(int number, ggml_tensor* x, ggml_tensor* vec) const;
  ggml_tensor* final_layer(ggml_tensor* img, ggml_tensor* vec) const;

 private:
  // Part k of a modulation: [hidden].
  ggml_tensor* part(ggml_tensor* modulation, int k) const;
  // LN(x) x (1 + scale) + shift; `scale` still without the 1.
  ggml_tensor* modulate(ggml_tensor* x, ggml_tensor* shift, ggml_tensor* scale) const;
  struct Heads {
    ggml_tensor *q, *k, *v;  // [head_dim, heads, tokens]
  };
  // The first three parts of `name`'s product with x as heads, q and k normed: each a product of
  // its own with some rows of the matrix, laid out plainly.
  Heads heads_by_rows(const std::string& name, ggml_tensor* x, const std::string& norm) const;
  // The same as views of [q | k | v | ...] rows.
  Heads split_heads(ggml_tensor* qkv, const std::string& norm) const;
  Heads normed(const Heads& h, const std::string& norm) const;
  ggml_tensor* row_product(const std::string& name, ggml_tensor* x, std::int64_t first,
                           std::int64_t count) const;
  ggml_tensor* bias_rows(const std::string& name, std::int64_t first, std::int64_t count) const;
  ggml_tensor* in_half(ggml_tensor* x) const { return ggml_cast(c_, x, GGML_TYPE_F16); }
  // What feeds several products: in F16 where they take it.
  ggml_tensor* for_products(ggml_tensor* x) const;
  ggml_tensor* rotate(ggml_tensor* x) const;
  ggml_tensor* gelu(ggml_tensor* x) const;
  // Attention over all tokens: [hidden, tokens].
  ggml_tensor* attend(const Heads& h) const;
  ggml_tensor* columns(ggml_tensor* x, std::int64_t first, std::int64_t count) const;

  ggml_context* c_;
  const ModelWeights& weights_;
  const FluxSizes& sizes_;
  const RopeInputs rope_;
  const BlockOptions options_;
};

}  // namespace pawfect
