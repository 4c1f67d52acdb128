#include "flux/t5_layout.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "weights/printable.h"

namespace pawfect {
namespace {

struct PartNames {
  T5Part part;
  const char* gguf;   // enc.blk.N.*.weight
  const char* plain;  // encoder.block.N.*.weight
};

constexpr std::array<PartNames, 9> kParts = {
    {{T5Part::kAttentionNorm, "attn_norm", "layer.0.layer_norm"},
     {T5Part::kQuery, "attn_q", "layer.0.SelfAttention.q"},
     {T5Part::kKey, "attn_k", "layer.0.SelfAttention.k"},
     {T5Part::kValue, "attn_v", "layer.0.SelfAttention.v"},
     {T5Part::kOut, "attn_o", "layer.0.SelfAttention.o"},
     {T5Part::kFeedNorm, "ffn_norm", "layer.1.layer_norm"},
     {T5Part::kGate, "ffn_gate", "layer.1.DenseReluDense.wi_0"},
     {T5Part::kUp, "ffn_up", "layer.1.DenseReluDense.wi_1"},
     {T5Part::kDown, "ffn_down", "layer.1.DenseReluDense.wo"}}};

int extent(const TensorFile& file, std::string_view name, std::size_t axis) {
  const TensorInfo* tensor = file.find(name);
  return tensor == nullptr || tensor->shape.size() <= axis ? 0 : int(tensor->shape[axis]);
}

std::string bias_name(bool is_gguf_form, int layer) {
  return is_gguf_form
             ? fmt::format("enc.blk.{}.attn_rel_b.weight", layer)
             : fmt::format("encoder.block.{}.layer.0.SelfAttention.relative_attention_bias.weight",
                           layer);
}

// llama.cpp writes it; the other form has it in a config.json that is not at hand, and every T5 has
// the same.
float epsilon_of(const TensorFile& file) {
  const auto stored = file.metadata().number("t5encoder.attention.layer_norm_rms_epsilon");
  return stored && *stored > 0 && *stored < 1e-2 ? float(*stored) : T5Sizes{}.epsilon;
}

}  // namespace

std::string t5_name(const T5Layout& layout, int number, T5Part part) {
  for (const PartNames& names : kParts) {
    if (names.part != part) continue;
    return layout.is_gguf_form ? fmt::format("enc.blk.{}.{}.weight", number, names.gguf)
                               : fmt::format("encoder.block.{}.{}.weight", number, names.plain);
  }
  return {};
}

std::vector<ExpectedTensor> t5_tensors(const T5Layout& layout) {
  const T5Sizes& s = layout.sizes;
  const std::int64_t width = s.width, inner = s.inner, wide = s.wide;
  std::vector<ExpectedTensor> tensors = {{layout.embedding, {width, s.vocabulary}},
                                         {layout.position_bias, {s.heads, s.buckets}},
                                         {layout.final_norm, {width}}};
  for (int k = 0; k < s.layers; ++k) {
    const auto add = [&](T5Part part, std::vector<std::int64_t> shape) {
      tensors.push_back({t5_name(layout, k, part), std::move(shape)});
    };
    add(T5Part::kAttentionNorm, {width});
    for (const T5Part part : {T5Part::kQuery, T5Part::kKey, T5Part::kValue})
      add(part, {width, inner});
    add(T5Part::kOut, {inner, width});
    add(T5Part::kFeedNorm, {width});
    add(T5Part::kGate, {width, wide});
    add(T5Part::kUp, {width, wide});
    add(T5Part::kDown, {wide, width});
  }
  return tensors;
}

Result<T5Layout> read_t5_layout(const TensorFile& file) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: {}; take the encoder of T5 v1.1 XXL that FLUX.1 uses "
                            "(t5-v1_1-xxl-encoder-*.gguf or t5xxl_fp16.safetensors)",
                            printable_path(file.path()), why));
  };
  T5Layout layout;
  layout.is_gguf_form = file.find("enc.blk.0.attn_q.weight") != nullptr;
  layout.position_bias = bias_name(layout.is_gguf_form, 0);
  layout.final_norm =
      layout.is_gguf_form ? "enc.output_norm.weight" : "encoder.final_layer_norm.weight";
  layout.embedding = layout.is_gguf_form ? "token_embd.weight" : "shared.weight";
  if (file.find(layout.embedding) == nullptr && !layout.is_gguf_form)
    layout.embedding = "encoder.embed_tokens.weight";

  T5Sizes& s = layout.sizes;
  const std::string query = t5_name(layout, 0, T5Part::kQuery);
  if (file.find(query) == nullptr)
    return refuse("this is no T5 encoder: its first attention layer is missing");
  if (file.find(layout.embedding) == nullptr)
    return refuse("this T5 encoder has no token embedding");
  if (file.find(t5_name(layout, 0, T5Part::kGate)) == nullptr)
    return refuse("this is a T5 without gated feed-forward layers (version 1.0 or another model)");
  s.width = extent(file, query, 0);
  s.inner = extent(file, query, 1);
  s.heads = extent(file, layout.position_bias, 0);
  s.buckets = extent(file, layout.position_bias, 1);
  s.wide = extent(file, t5_name(layout, 0, T5Part::kGate), 1);
  s.vocabulary = extent(file, layout.embedding, 1);
  s.epsilon = epsilon_of(file);
  while (file.find(t5_name(layout, s.layers, T5Part::kQuery)) != nullptr) ++s.layers;
  if (s.layers > 1 && file.find(bias_name(layout.is_gguf_form, 1)) != nullptr)
    return refuse("this is a UMT5 encoder: it has position biases in every layer");
  if (s.heads == 0 || s.buckets < 4 || s.buckets % 4 != 0 || s.inner % s.heads != 0) {
    return refuse(fmt::format(
        "a position bias of {} heads and {} buckets does not fit queries of {} channels", s.heads,
        s.buckets, s.inner));
  }
  if (auto fits = check_shapes(file, t5_tensors(layout), ExtraPolicy::kIgnore); !fits)
    return std::unexpected(fits.error());
  return layout;
}

}  // namespace pawfect
