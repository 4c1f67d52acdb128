#include "flux/transformer_blocks.h"

#include <fmt/format.h>

#include <cmath>

namespace pawfect {
namespace {

constexpr float kNormEpsilon = 1e-6f;

}  // namespace

ggml_tensor* FluxBlocks::linear(const std::string& name, ggml_tensor* x) const {
  return ggml_add(c_, ggml_mul_mat(c_, weights_.find(name + ".weight"), x),
                  weights_.find(name + ".bias"));
}

ggml_tensor* FluxBlocks::embed(const std::string& name, ggml_tensor* x) const {
  return linear(name + ".out_layer", ggml_silu(c_, linear(name + ".in_layer", x)));
}

ggml_tensor* FluxBlocks::part(ggml_tensor* modulation, int k) const {
  return ggml_view_1d(c_, modulation, sizes_.hidden,
                      std::size_t(k) * sizes_.hidden * sizeof(float));
}

ggml_tensor* FluxBlocks::modulate(ggml_tensor* x, ggml_tensor* shift, ggml_tensor* scale) const {
  ggml_tensor* normed = ggml_norm(c_, x, kNormEpsilon);
  return ggml_add(c_, ggml_mul(c_, normed, ggml_scale_bias(c_, scale, 1.0f, 1.0f)), shift);
}

ggml_tensor* FluxBlocks::row_product(const std::string& name, ggml_tensor* x, std::int64_t first,
                                     std::int64_t count) const {
  ggml_tensor* weight = weights_.find(name + ".weight");
  return ggml_mul_mat(c_,
                      ggml_view_2d(c_, weight, weight->ne[0], count, weight->nb[1],
                                   std::size_t(first) * weight->nb[1]),
                      x);
}

ggml_tensor* FluxBlocks::bias_rows(const std::string& name, std::int64_t first,
                                   std::int64_t count) const {
  return ggml_view_1d(c_, weights_.find(name + ".bias"), count, std::size_t(first) * sizeof(float));
}

FluxBlocks::Heads FluxBlocks::heads_by_rows(const std::string& name, ggml_tensor* x,
                                            const std::string& norm) const {
  const std::int64_t hidden = sizes_.hidden;
  const auto third = [&](int k) {
    ggml_tensor* part =
        ggml_add(c_, row_product(name, x, k * hidden, hidden), bias_rows(name, k * hidden, hidden));
    return ggml_reshape_3d(c_, part, sizes_.head_dim, sizes_.heads, part->ne[1]);
  };
  return normed({third(0), third(1), third(2)}, norm);
}

FluxBlocks::Heads FluxBlocks::split_heads(ggml_tensor* qkv, const std::string& norm) const {
  const std::size_t width = std::size_t(sizes_.hidden) * sizeof(float);
  const auto third = [&](int k) {
    return ggml_view_3d(c_, qkv, sizes_.head_dim, sizes_.heads, qkv->ne[1],
                        std::size_t(sizes_.head_dim) * sizeof(float), qkv->nb[1], k * width);
  };
  return normed({third(0), third(1), third(2)}, norm);
}

FluxBlocks::Heads FluxBlocks::normed(const Heads& h, const std::string& norm) const {
  const auto scaled = [&](ggml_tensor* x, const char* scale) {
    return ggml_mul(c_, ggml_rms_norm(c_, x, kNormEpsilon), weights_.find(norm + scale));
  };
  return {scaled(h.q, ".query_norm.scale"), scaled(h.k, ".key_norm.scale"), h.v};
}

ggml_tensor* FluxBlocks::rotate(ggml_tensor* x) const {
  // Neighbouring channels are a pair. ggml knows one position a token, so the two axes are turned
  // one after the other, each leaving the other's pairs alone; a base of 1 leaves the angles to the
  // factors.
  const auto turn = [&](ggml_tensor* of, ggml_tensor* position, ggml_tensor* factors) {
    return ggml_rope_ext(c_, of, position, factors, sizes_.head_dim, GGML_ROPE_TYPE_NORMAL, 0, 1.0f,
                         1.0f, 0.0f, 1.0f, 0.0f, 0.0f);
  };
  return turn(turn(x, rope_.row, rope_.row_factors), rope_.column, rope_.column_factors);
}

// The form with tanh: x (1 + tanh(u)) / 2 = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
// The processor's own kernel looks it up in a table of half precision.
ggml_tensor* FluxBlocks::gelu(ggml_tensor* x) const {
  if (!options_.is_exact) return ggml_gelu(c_, x);
  constexpr float kTwice = 1.5957691216f;
  ggml_tensor* wide = ggml_cont(c_, x);
  ggml_tensor* u =
      ggml_mul(c_, wide, ggml_scale_bias(c_, ggml_sqr(c_, wide), 0.044715f * kTwice, kTwice));
  return ggml_mul(c_, wide, ggml_sigmoid(c_, u));
}

ggml_tensor* FluxBlocks::for_products(ggml_tensor* x) const {
  return options_.is_half ? in_half(x) : x;
}

ggml_tensor* FluxBlocks::attend(const Heads& h) const {
  ggml_tensor *turned = rotate(h.k), *values = h.v;
  if (options_.is_on_card) {  // the cards' attention multiplies in half precision
    turned = in_half(turned);
    values = in_half(values);
  }
  ggml_tensor* q = ggml_permute(c_, rotate(h.q), 0, 2, 1, 3);
  ggml_tensor* k = ggml_permute(c_, turned, 0, 2, 1, 3);
  ggml_tensor* v = ggml_permute(c_, values, 0, 2, 1, 3);
  ggml_tensor* out = ggml_flash_attn_ext(c_, q, k, v, nullptr,
                                         1.0f / std::sqrt(float(sizes_.head_dim)), 0.0f, 0.0f);
  ggml_flash_attn_ext_set_prec(out, GGML_PREC_F32);
  return ggml_reshape_2d(c_, out, sizes_.hidden, h.q->ne[2]);
}

ggml_tensor* FluxBlocks::columns(ggml_tensor* x, std::int64_t first, std::int64_t count) const {
  return ggml_view_2d(c_, x, x->ne[0], count, x->nb[1], std::size_t(first) * x->nb[1]);
}

FluxBlocks::Streams FluxBlocks::double_block(int number, Streams x, ggml_tensor* vec) const {
  const std::string block = fmt::format("double_blocks.{}.", number);
  ggml_tensor* mod_img = linear(block + "img_mod.lin", vec);
  ggml_tensor* mod_txt = linear(block + "txt_mod.lin", vec);
  const auto split = [&](const std::string& stream, ggml_tensor* in, ggml_tensor* mod) {
    const std::string name = block + stream + "_attn.qkv", norm = block + stream + "_attn.norm";
    ggml_tensor* x_in = for_products(modulate(in, part(mod, 0), part(mod, 1)));
    return options_.is_on_card ? heads_by_rows(name, x_in, norm)
                               : split_heads(linear(name, x_in), norm);
  };
  const Heads img = split("img", x.img, mod_img), txt = split("txt", x.txt, mod_txt);
  const auto join = [&](ggml_tensor* text, ggml_tensor* image) {
    return ggml_concat(c_, text, image, 2);
  };
  ggml_tensor* attention = attend({join(txt.q, img.q), join(txt.k, img.k), join(txt.v, img.v)});

  const auto finish = [&](const std::string& stream, ggml_tensor* in, ggml_tensor* attended,
                          ggml_tensor* mod) {
    ggml_tensor* out = ggml_add(
        c_, in, ggml_mul(c_, linear(block + stream + "_attn.proj", attended), part(mod, 2)));
    ggml_tensor* wide =
        gelu(linear(block + stream + "_mlp.0", modulate(out, part(mod, 3), part(mod, 4))));
    return ggml_add(c_, out, ggml_mul(c_, linear(block + stream + "_mlp.2", wide), part(mod, 5)));
  };
  const std::int64_t text = x.txt->ne[1];
  return {finish("img", x.img, columns(attention, text, x.img->ne[1]), mod_img),
          finish("txt", x.txt, columns(attention, 0, text), mod_txt)};
}

ggml_tensor* FluxBlocks::single_block(int number, ggml_tensor* x, ggml_tensor* vec) const {
  const std::string block = fmt::format("single_blocks.{}", number);
  ggml_tensor* mod = linear(block + ".modulation.lin", vec);
  ggml_tensor* in = for_products(modulate(x, part(mod, 0), part(mod, 1)));
  const std::string first = block + ".linear1", norm = block + ".norm";
  const std::int64_t qkv_rows = 3 * std::int64_t{sizes_.hidden};
  ggml_tensor *attention, *wide;
  if (options_.is_on_card) {
    attention = attend(heads_by_rows(first, in, norm));
    wide = gelu(ggml_add(c_, row_product(first, in, qkv_rows, sizes_.mlp),
                         bias_rows(first, qkv_rows, sizes_.mlp)));
  } else {
    ggml_tensor* all = linear(first, in);
    attention = attend(split_heads(all, norm));
    wide = gelu(ggml_view_2d(c_, all, sizes_.mlp, all->ne[1], all->nb[1],
                             std::size_t(qkv_rows) * sizeof(float)));
  }
  ggml_tensor* both = ggml_concat(c_, attention, wide, 0);
  return ggml_add(c_, x, ggml_mul(c_, linear(block + ".linear2", both), part(mod, 2)));
}

ggml_tensor* FluxBlocks::final_layer(ggml_tensor* img, ggml_tensor* vec) const {
  ggml_tensor* mod = linear("final_layer.adaLN_modulation.1", vec);
  return linear("final_layer.linear", modulate(img, part(mod, 0), part(mod, 1)));
}

}  // namespace pawfect
