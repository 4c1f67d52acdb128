#include "flux/text_layers.h"

#include <cmath>
#include <cstdint>

namespace pawfect {

ggml_tensor* text_product(ggml_context* c, ggml_tensor* weight, ggml_tensor* x) {
  ggml_tensor* product = ggml_mul_mat(c, weight, x);
  ggml_mul_mat_set_prec(product, GGML_PREC_F32);
  return product;
}

ggml_tensor* in_range_product(ggml_context* c, ggml_tensor* weight, ggml_tensor* x) {
  constexpr float kNotZero = 1e-20f;  // a row of zeros stays one
  ggml_tensor* size = ggml_sqrt(
      c, ggml_scale_bias(c, ggml_sum_rows(c, ggml_sqr(c, x)), 1.0f / float(x->ne[0]), kNotZero));
  return ggml_mul(c, text_product(c, weight, ggml_div(c, x, size)), size);
}

ggml_tensor* text_attention(ggml_context* c, const Projections& p, int heads,
                            const std::function<ggml_tensor*(ggml_tensor* scores)>& weigh) {
  const std::int64_t channels = p.query->ne[0] / heads, tokens = p.query->ne[1];
  const auto by_head = [&](ggml_tensor* x) {
    return ggml_reshape_3d(c, x, channels, heads, tokens);
  };
  ggml_tensor* query = ggml_permute(c, by_head(p.query), 0, 2, 1, 3);
  ggml_tensor* key = ggml_permute(c, by_head(p.key), 0, 2, 1, 3);
  ggml_tensor* value = ggml_cont(c, ggml_permute(c, by_head(p.value), 1, 2, 0, 3));
  ggml_tensor* weights = weigh(text_product(c, key, query));
  ggml_tensor* mixed = text_product(c, value, weights);  // [channels, tokens, heads]
  return ggml_cont_2d(c, ggml_permute(c, mixed, 0, 2, 1, 3), channels * heads, tokens);
}

ggml_tensor* sigmoid_unit(ggml_context* c, ggml_tensor* x, float k) {
  return ggml_mul(c, x, ggml_sigmoid(c, ggml_scale(c, x, k)));
}

ggml_tensor* gelu_tanh(ggml_context* c, ggml_tensor* x) {
  const float twice = 2.0f * std::sqrt(2.0f / 3.14159265358979f);
  ggml_tensor* slope = ggml_scale_bias(c, ggml_sqr(c, x), 0.044715f * twice, twice);
  return ggml_mul(c, x, ggml_sigmoid(c, ggml_mul(c, x, slope)));
}

}  // namespace pawfect
