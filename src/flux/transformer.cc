#include "flux/transformer.h"

#include <fmt/format.h>
#include <ggml.h>

#include <algorithm>
#include <cmath>

#include "flux/transformer_blocks.h"

namespace pawfect {
namespace {

// [cos(1000 v f_i) | sin(1000 v f_i)], f_i = 10000^(-i / half): the cosine half first (BFL
// timestep_embedding). In single precision throughout, as the model was trained: guidance makes
// angles of 30 000, where the rounding of the frequency shows.
std::vector<float> wave(float value) {
  constexpr int kHalf = kWaveChannels / 2;
  const float slowest = -std::log(10000.0f);
  std::vector<float> out(kWaveChannels);
  for (int i = 0; i < kHalf; ++i) {
    const float angle = 1000.0f * value * std::exp(slowest * float(i) / float(kHalf));
    out[i] = std::cos(angle);
    out[kHalf + i] = std::sin(angle);
  }
  return out;
}

// For the pairs of `axis`: 1 / frequency = 10000^(2 j / channels of the axis). A pair of another
// axis gets a divisor that no position makes an angle with.
std::vector<float> rope_factors(int axis) {
  constexpr float kNoAngle = 1e30f;
  std::vector<float> factors;
  for (int a = 0; a < 3; ++a) {
    for (int j = 0; j < kRopeAxes[a] / 2; ++j) {
      factors.push_back(a == axis ? float(std::pow(10000.0, 2.0 * j / kRopeAxes[a])) : kNoAngle);
    }
  }
  return factors;
}

std::function<std::optional<TensorType>(std::string_view)> conversion(Precision precision) {
  if (precision == Precision::kF32) return to_type(TensorType::kF32);
  if (precision == Precision::kHalf) return to_type(TensorType::kF16);
  return {};
}

std::size_t node_count(const FluxSizes& s) {
  return 256 + std::size_t(s.double_blocks) * 192 + std::size_t(s.single_blocks) * 96;
}

}  // namespace

Result<FluxTransformer> FluxTransformer::load(const Device& device, const TensorFile& file,
                                              Precision precision) {
  const Result<FluxSizes> sizes = read_flux_sizes(file);
  if (!sizes) return std::unexpected(sizes.error());
  LoadOptions options;
  options.packs = true;
  options.converts = conversion(precision);
  Result<ModelWeights> weights = ModelWeights::load(device, file, options);
  if (!weights) return std::unexpected(weights.error());
  return FluxTransformer(device, device.kind(), *sizes, std::move(*weights), precision);
}

Result<FluxTransformer> FluxTransformer::outline(const Device& device, const TensorFile& file,
                                                 BackendKind kind, Precision precision) {
  const Result<FluxSizes> sizes = read_flux_sizes(file);
  if (!sizes) return std::unexpected(sizes.error());
  Result<ModelWeights> weights =
      ModelWeights::load(device, file, {.converts = conversion(precision), .is_outline = true});
  if (!weights) return std::unexpected(weights.error());
  return FluxTransformer(device, kind, *sizes, std::move(*weights), precision);
}

std::uint64_t FluxTransformer::memory_needed(int rows, int columns, int text_length) const {
  return build(rows, columns, text_length).graph->measure();
}

FluxTransformer::Built FluxTransformer::build(int rows, int columns, int text_length) const {
  Built out = {std::make_unique<Graph>(*device_, node_count(sizes_)), {}, nullptr};
  Graph& g = *out.graph;
  Inputs& in = out.inputs;
  ggml_context* c = g.context();
  const std::int64_t image = std::int64_t{rows} * columns, all = text_length + image;
  in.tokens = g.input("tokens", GGML_TYPE_F32, {sizes_.in_channels, image});
  in.text = g.input("text", GGML_TYPE_F32, {sizes_.context, text_length});
  in.pooled = g.input("pooled", GGML_TYPE_F32, {sizes_.vector});
  in.time = g.input("time", GGML_TYPE_F32, {kWaveChannels});
  in.guidance = sizes_.has_guidance ? g.input("guidance", GGML_TYPE_F32, {kWaveChannels}) : nullptr;
  in.row = g.input("row", GGML_TYPE_I32, {all});
  in.column = g.input("column", GGML_TYPE_I32, {all});
  in.row_factors = g.input("row_factors", GGML_TYPE_F32, {sizes_.head_dim / 2});
  in.column_factors = g.input("column_factors", GGML_TYPE_F32, {sizes_.head_dim / 2});

  const RopeInputs rope = {in.row, in.column, in.row_factors, in.column_factors};
  const FluxBlocks blocks(
      c, weights_, sizes_, rope,
      {.is_on_card = kind_ != BackendKind::kCpu,
       .is_exact = precision_ == Precision::kF32,
       .is_half = precision_ == Precision::kHalf && kind_ == BackendKind::kCuda});
  const auto keep = [&](const std::string& name, ggml_tensor* tensor) {
    if (keeps_inner_) g.output(name.c_str(), tensor);
  };

  ggml_tensor* vec =
      ggml_add(c, blocks.embed("time_in", in.time), blocks.embed("vector_in", in.pooled));
  if (sizes_.has_guidance) vec = ggml_add(c, vec, blocks.embed("guidance_in", in.guidance));
  keep("vec", vec);
  ggml_tensor* modulation = ggml_silu(c, vec);
  FluxBlocks::Streams x = {blocks.linear("img_in", in.tokens), blocks.linear("txt_in", in.text)};
  keep("img_in", x.img), keep("txt_in", x.txt);
  for (int k = 0; k < sizes_.double_blocks; ++k) {
    x = blocks.double_block(k, x, modulation);
    keep(fmt::format("double{}.img", k), x.img), keep(fmt::format("double{}.txt", k), x.txt);
  }
  ggml_tensor* joint = ggml_concat(c, x.txt, x.img, 1);
  const auto image_part = [&] {
    return ggml_view_2d(c, joint, joint->ne[0], image, joint->nb[1],
                        std::size_t(text_length) * joint->nb[1]);
  };
  for (int k = 0; k < sizes_.single_blocks; ++k) {
    joint = blocks.single_block(k, joint, modulation);
    if (keeps_inner_) keep(fmt::format("single{}.img", k), ggml_cont(c, image_part()));
  }
  out.velocity = blocks.final_layer(image_part(), modulation);
  g.output("velocity", out.velocity);
  return out;
}

Result<void> FluxTransformer::prepare(int rows, int columns, int text_length) {
  if (graph_ && rows == rows_ && columns == columns_ && text_length == text_length_) return {};
  graph_.reset();  // before the next one takes its memory
  Built built = build(rows, columns, text_length);
  if (auto finished = built.graph->finish(); !finished) return finished;
  graph_ = std::move(built.graph);
  inputs_ = built.inputs, velocity_ = built.velocity;
  rows_ = rows, columns_ = columns, text_length_ = text_length;
  return {};
}

void FluxTransformer::set_prompt(std::span<const float> t5, std::span<const float> pooled,
                                 float guidance) {
  t5_.assign(t5.begin(), t5.end());
  pooled_.assign(pooled.begin(), pooled.end());
  guidance_ = guidance;
}

Result<std::vector<float>> FluxTransformer::run(std::span<const float> tokens, float time,
                                                const std::stop_token& stop) {
  // The memory of an input may be taken for something else once it has been read, so all are
  // written before every run.
  const Graph& g = *graph_;
  g.set(inputs_.tokens, tokens);
  g.set(inputs_.text, t5_);
  g.set(inputs_.pooled, pooled_);
  g.set(inputs_.time, wave(time));
  if (inputs_.guidance != nullptr) g.set(inputs_.guidance, wave(guidance_));
  // Text tokens stand at 0, 0 and are not turned.
  std::vector<std::int32_t> row(std::size_t(text_length_), 0), column(row);
  for (int y = 0; y < rows_; ++y) {
    for (int x = 0; x < columns_; ++x) row.push_back(y), column.push_back(x);
  }
  g.set(inputs_.row, row);
  g.set(inputs_.column, column);
  g.set(inputs_.row_factors, rope_factors(1));
  g.set(inputs_.column_factors, rope_factors(2));
  if (auto done = g.run(stop); !done) return std::unexpected(done.error());
  std::vector<float> velocity = g.get(velocity_);
  if (!std::all_of(velocity.begin(), velocity.end(), [](float v) { return std::isfinite(v); })) {
    return fail(
        ErrorCode::kModelMissing,
        fmt::format("the transformer gave a number that is not finite at noise level {:.3f}; "
                    "the weights are damaged, or too coarse for this backend",
                    time));
  }
  return velocity;
}

Result<std::vector<float>> FluxTransformer::inner(std::string_view name) const {
  ggml_tensor* tensor =
      graph_ ? ggml_get_tensor(graph_->context(), std::string(name).c_str()) : nullptr;
  if (tensor == nullptr)
    return fail(ErrorCode::kBug, fmt::format("the transformer keeps nothing named '{}'", name));
  return graph_->get(tensor);
}

std::vector<Placement> FluxTransformer::placement() const {
  return graph_ ? graph_->placement() : std::vector<Placement>{};
}

}  // namespace pawfect
