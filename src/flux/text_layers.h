// Operations that both text encoders are made of. Activations are [channels, tokens], innermost
// first; batch is one. Used while a graph is built.
#pragma once

#include <ggml.h>

#include <functional>

namespace pawfect {

// weight x, the result in F32 also where a card would otherwise sum in half precision.
ggml_tensor* text_product(ggml_context* context, ggml_tensor* weight, ggml_tensor* x);

// weight x for an x that may be beyond the range of half precision, which kernels for F16 weights
// round it to: every token's row is divided by its root mean square, and the product multiplied by
// it again. The wide product of T5-XXL's feed-forward layers needs it.
ggml_tensor* in_range_product(ggml_context* context, ggml_tensor* weight, ggml_tensor* x);

struct Projections {
  ggml_tensor *query, *key, *value;  // [heads x channels of a head, tokens]
};

// Attention over all tokens: [heads x channels of a head, tokens]. `weigh` makes weights of scores,
// [key, query, head].
ggml_tensor* text_attention(ggml_context* context, const Projections& projections, int heads,
                            const std::function<ggml_tensor*(ggml_tensor* scores)>& weigh);

// x sigmoid(k x): CLIP's quick_gelu with k = 1.702. ggml's own looks it up in a table of half
// precision on the processor.
ggml_tensor* sigmoid_unit(ggml_context* context, ggml_tensor* x, float k);

// GELU in the form with tanh, for the same reason: x (1 + tanh(u)) / 2 = x sigmoid(2 u),
// u = sqrt(2 / pi) (x + 0.044715 x^3).
ggml_tensor* gelu_tanh(ggml_context* context, ggml_tensor* x);

}  // namespace pawfect
