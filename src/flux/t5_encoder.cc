#include "flux/t5_encoder.h"

#include <fmt/format.h>
#include <ggml.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>

#include "flux/t5_position.h"
#include "flux/text_layers.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr std::size_t kMostIds = 4096;  // the bias grows with the square

// The layers as ggml operations; activations are [channels, tokens], innermost first.
class T5Layers {
 public:
  T5Layers(ggml_context* context, const ModelWeights& weights, const T5Layout& layout)
      : c_(context), weights_(weights), layout_(layout) {}

  ggml_tensor* norm(ggml_tensor* x, const std::string& weight) const {
    return ggml_mul(c_, ggml_rms_norm(c_, x, layout_.sizes.epsilon), weights_.find(weight));
  }

  // Layer `k`; `bias` is [key, query, head], the same in every layer.
  ggml_tensor* layer(int k, ggml_tensor* x, ggml_tensor* bias) const {
    const auto weight = [&](T5Part part) { return weights_.find(t5_name(layout_, k, part)); };
    ggml_tensor* n = norm(x, t5_name(layout_, k, T5Part::kAttentionNorm));
    const auto project = [&](T5Part part) { return text_product(c_, weight(part), n); };
    const auto weigh = [&](ggml_tensor* scores) {  // no 1 / sqrt(d): the weights hold it
      return ggml_soft_max_ext(c_, scores, bias, 1.0f, 0.0f);
    };
    ggml_tensor* attended = text_attention(
        c_, {project(T5Part::kQuery), project(T5Part::kKey), project(T5Part::kValue)},
        layout_.sizes.heads, weigh);
    x = ggml_add(c_, x, text_product(c_, weight(T5Part::kOut), attended));
    n = norm(x, t5_name(layout_, k, T5Part::kFeedNorm));
    ggml_tensor* wide = ggml_mul(c_, gelu_tanh(c_, project(T5Part::kGate)), project(T5Part::kUp));
    return ggml_add(c_, x, in_range_product(c_, weight(T5Part::kDown), wide));
  }

 private:
  ggml_context* c_;
  const ModelWeights& weights_;
  const T5Layout& layout_;
};

Result<ModelWeights> load_weights(const Device& device, const TensorFile& file,
                                  const T5Layout& layout, LoadOptions options) {
  std::set<std::string, std::less<>> used;
  for (const ExpectedTensor& tensor : t5_tensors(layout)) used.insert(tensor.name);
  used.erase(layout.embedding);
  used.erase(layout.position_bias);
  options.wants = [&](std::string_view name) { return used.contains(name); };
  return ModelWeights::load(device, file, options);
}

}  // namespace

Result<T5Encoder> T5Encoder::load(const Device& device, const TensorFile& file,
                                  Precision precision) {
  Result<T5Layout> layout = read_t5_layout(file);
  if (!layout) return std::unexpected(layout.error());
  LoadOptions options;
  if (precision == Precision::kF32) options.converts = to_type(TensorType::kF32);
  Result<ModelWeights> weights = load_weights(device, file, *layout, std::move(options));
  if (!weights) return std::unexpected(weights.error());
  Result<std::vector<float>> table = read_floats(file, *file.find(layout->position_bias));
  if (!table) return std::unexpected(table.error());
  return T5Encoder(device, file, std::move(*layout), std::move(*weights), std::move(*table));
}

Result<T5Encoder> T5Encoder::outline(const Device& device, const TensorFile& file) {
  Result<T5Layout> layout = read_t5_layout(file);
  if (!layout) return std::unexpected(layout.error());
  Result<ModelWeights> weights = load_weights(device, file, *layout, {.is_outline = true});
  if (!weights) return std::unexpected(weights.error());
  return T5Encoder(device, file, std::move(*layout), std::move(*weights), {});
}

std::uint64_t T5Encoder::memory_needed(int length) const { return build(length).graph->measure(); }

T5Encoder::Built T5Encoder::build(int length) const {
  const T5Sizes& s = layout_.sizes;
  Built out = {std::make_unique<Graph>(*device_, 64 + std::size_t(s.layers) * 64), nullptr, nullptr,
               nullptr};
  Graph& g = *out.graph;
  out.rows = g.input("rows", GGML_TYPE_F32, {s.width, length});
  out.bias = g.input("bias", GGML_TYPE_F32, {length, length, s.heads});
  const T5Layers layers(g.context(), weights_, layout_);
  ggml_tensor* x = out.rows;
  for (int k = 0; k < s.layers; ++k) {
    x = layers.layer(k, x, out.bias);
    if (keeps_inner_) g.output(fmt::format("block{}", k).c_str(), x);
  }
  out.result = layers.norm(x, layout_.final_norm);
  g.output("result", out.result);
  return out;
}

Result<void> T5Encoder::prepare(int length) {
  if (graph_ && length == length_) return {};
  graph_.reset();  // before the next one takes its memory
  Built built = build(length);
  if (auto finished = built.graph->finish(); !finished) return finished;
  graph_ = std::move(built.graph);
  rows_ = built.rows, bias_ = built.bias, result_ = built.result;
  length_ = length;
  return {};
}

Result<std::vector<float>> T5Encoder::encode(std::span<const std::int32_t> ids,
                                             const std::stop_token& stop) {
  if (ids.empty() || ids.size() > kMostIds) {
    return fail(ErrorCode::kUsage,
                fmt::format("T5: {} token ids; 1 to {} can be encoded", ids.size(), kMostIds));
  }
  const Result<std::vector<float>> rows = read_rows(*file_, *file_->find(layout_.embedding), ids);
  if (!rows) return std::unexpected(rows.error());
  if (auto ready = prepare(int(ids.size())); !ready) return std::unexpected(ready.error());
  // An input's memory is taken for something else once it was read: both are written every time.
  graph_->set(rows_, *rows);
  graph_->set(bias_,
              t5_position_bias(bias_table_, layout_.sizes.heads, layout_.sizes.buckets, length_));
  if (auto done = graph_->run(stop); !done) return std::unexpected(done.error());
  std::vector<float> result = graph_->get(result_);
  if (!std::ranges::all_of(result, [](float v) { return std::isfinite(v); })) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: the T5 encoder gave a number that is not finite; the weights are "
                            "damaged, fetch the file again",
                            printable_path(file_->path())));
  }
  return result;
}

Result<std::vector<float>> T5Encoder::inner(std::string_view name) const {
  ggml_tensor* tensor =
      graph_ ? ggml_get_tensor(graph_->context(), std::string(name).c_str()) : nullptr;
  if (tensor == nullptr)
    return fail(ErrorCode::kBug, fmt::format("the T5 encoder keeps nothing named '{}'", name));
  return graph_->get(tensor);
}

}  // namespace pawfect
