#include "flux/clip_encoder.h"

#include <fmt/format.h>
#include <ggml.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <string>

#include "flux/text_layers.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr float kNormEpsilon = 1e-5f;
constexpr float kQuickGelu = 1.702f;

// The layers as ggml operations; activations are [channels, tokens], innermost first.
class ClipLayers {
 public:
  ClipLayers(ggml_context* context, const ModelWeights& weights, const ClipLayout& layout)
      : c_(context), weights_(weights), layout_(layout) {}

  ggml_tensor* norm(ggml_tensor* x, const std::string& name) const {
    return ggml_add(c_,
                    ggml_mul(c_, ggml_norm(c_, x, kNormEpsilon), weights_.find(name + ".weight")),
                    weights_.find(name + ".bias"));
  }

  ggml_tensor* layer(int k, ggml_tensor* x) const {
    ggml_tensor* n = norm(x, layout_.layer(k, "layer_norm1"));
    const int channels = layout_.sizes.width / layout_.sizes.heads;
    const float scale = 1.0f / std::sqrt(float(channels));
    const auto weigh = [&](ggml_tensor* scores) {  // no token sees a later one
      return ggml_soft_max_ext(c_, ggml_diag_mask_inf(c_, scores, 0), nullptr, scale, 0.0f);
    };
    ggml_tensor* attended =
        text_attention(c_,
                       {linear(k, "self_attn.q_proj", n), linear(k, "self_attn.k_proj", n),
                        linear(k, "self_attn.v_proj", n)},
                       layout_.sizes.heads, weigh);
    x = ggml_add(c_, x, linear(k, "self_attn.out_proj", attended));
    n = norm(x, layout_.layer(k, "layer_norm2"));
    ggml_tensor* wide = sigmoid_unit(c_, linear(k, "mlp.fc1", n), kQuickGelu);
    return ggml_add(c_, x, linear(k, "mlp.fc2", wide));
  }

 private:
  ggml_tensor* linear(int k, std::string_view part, ggml_tensor* x) const {
    const std::string name = layout_.layer(k, part);
    return ggml_add(c_, text_product(c_, weights_.find(name + ".weight"), x),
                    weights_.find(name + ".bias"));
  }

  ggml_context* c_;
  const ModelWeights& weights_;
  const ClipLayout& layout_;
};

Result<ModelWeights> load_weights(const Device& device, const TensorFile& file,
                                  const ClipLayout& layout, LoadOptions options) {
  std::set<std::string, std::less<>> used;
  for (const ExpectedTensor& tensor : clip_tensors(layout)) used.insert(tensor.name);
  used.erase(layout.token_embedding());
  used.erase(layout.position_embedding());
  options.wants = [&](std::string_view name) { return used.contains(name); };
  return ModelWeights::load(device, file, options);
}

}  // namespace

Result<ClipEncoder> ClipEncoder::load(const Device& device, const TensorFile& file,
                                      Precision precision) {
  Result<ClipLayout> layout = read_clip_layout(file);
  if (!layout) return std::unexpected(layout.error());
  LoadOptions options;
  if (precision == Precision::kF32) options.converts = to_type(TensorType::kF32);
  Result<ModelWeights> weights = load_weights(device, file, *layout, std::move(options));
  if (!weights) return std::unexpected(weights.error());
  return ClipEncoder(device, file, std::move(*layout), std::move(*weights));
}

Result<ClipEncoder> ClipEncoder::outline(const Device& device, const TensorFile& file) {
  Result<ClipLayout> layout = read_clip_layout(file);
  if (!layout) return std::unexpected(layout.error());
  Result<ModelWeights> weights = load_weights(device, file, *layout, {.is_outline = true});
  if (!weights) return std::unexpected(weights.error());
  return ClipEncoder(device, file, std::move(*layout), std::move(*weights));
}

std::uint64_t ClipEncoder::memory_needed(int length) const {
  return build(length).graph->measure();
}

ClipEncoder::Built ClipEncoder::build(int length) const {
  const ClipSizes& s = layout_.sizes;
  Built out = {std::make_unique<Graph>(*device_, 64 + std::size_t(s.layers) * 64), nullptr,
               nullptr};
  Graph& g = *out.graph;
  out.rows = g.input("rows", GGML_TYPE_F32, {s.width, length});
  const ClipLayers layers(g.context(), weights_, layout_);
  ggml_tensor* x = out.rows;
  for (int k = 0; k < s.layers; ++k) x = layers.layer(k, x);
  out.result = layers.norm(x, layout_.final_norm());
  g.output("result", out.result);
  return out;
}

Result<void> ClipEncoder::prepare(int length) {
  if (graph_ && length == length_) return {};
  graph_.reset();  // before the next one takes its memory
  Built built = build(length);
  if (auto finished = built.graph->finish(); !finished) return finished;
  graph_ = std::move(built.graph);
  rows_ = built.rows, result_ = built.result;
  length_ = length;
  return {};
}

Result<std::vector<float>> ClipEncoder::embedded(std::span<const std::int32_t> ids) const {
  auto rows = read_rows(*file_, *file_->find(layout_.token_embedding()), ids);
  if (!rows) return rows;
  std::vector<std::int32_t> places(ids.size());
  std::iota(places.begin(), places.end(), 0);
  const auto positions = read_rows(*file_, *file_->find(layout_.position_embedding()), places);
  if (!positions) return positions;
  std::ranges::transform(*rows, *positions, rows->begin(), std::plus<>());
  return rows;
}

Result<ClipResult> ClipEncoder::encode(std::span<const std::int32_t> ids,
                                       const std::stop_token& stop) {
  if (ids.empty() || ids.size() > std::size_t(layout_.sizes.positions)) {
    return fail(ErrorCode::kUsage,
                fmt::format("CLIP: {} token ids; {} takes 1 to {}", ids.size(),
                            printable_path(file_->path()), layout_.sizes.positions));
  }
  const Result<std::vector<float>> rows = embedded(ids);
  if (!rows) return std::unexpected(rows.error());
  if (auto ready = prepare(int(ids.size())); !ready) return std::unexpected(ready.error());
  graph_->set(rows_, *rows);
  if (auto done = graph_->run(stop); !done) return std::unexpected(done.error());
  ClipResult result;
  result.hidden = graph_->get(result_);
  if (!std::ranges::all_of(result.hidden, [](float v) { return std::isfinite(v); })) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: the CLIP encoder gave a number that is not finite; the weights "
                            "are damaged, fetch the file again",
                            printable_path(file_->path())));
  }
  const auto end = std::ranges::max_element(ids) - ids.begin();  // the first of the largest
  const auto row = result.hidden.begin() + end * width();
  result.pooled.assign(row, row + width());
  return result;
}

}  // namespace pawfect
