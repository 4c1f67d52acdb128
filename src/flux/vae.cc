#include "flux/vae.h"

#include <fmt/format.h>
#include <ggml.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "flux/vae_networks.h"
#include "flux/vae_tiles.h"

namespace pawfect {
namespace {

constexpr int kSmallestTile = 128;  // pixels
constexpr const char* kMiddle = "decoder_mid";

// On the processor a piece should not go far beyond its caches; a card wants long products.
std::uint64_t piece_bytes(BackendKind kind) {
  return std::uint64_t{kind == BackendKind::kCpu ? 8u : 256u} << 20;
}

// All in F32, but on CUDA the kernels of convolutions behind a norm, whose inputs half precision
// holds well; what is not normed may grow beyond it.
std::function<std::optional<TensorType>(std::string_view)> conversion(BackendKind kind,
                                                                      Precision precision) {
  if (kind != BackendKind::kCuda || precision == Precision::kF32) return to_type(TensorType::kF32);
  return [](std::string_view name) {
    const bool is_normed = name.ends_with(".conv1.weight") || name.ends_with(".conv2.weight") ||
                           name.ends_with(".conv_out.weight");
    return std::optional(is_normed ? TensorType::kF16 : TensorType::kF32);
  };
}

std::size_t planes_size(int channels, int width, int height) {
  return std::size_t(channels) * std::size_t(width) * std::size_t(height);
}

}  // namespace

Result<Vae> Vae::load(const Device& device, const TensorFile& file, VaeOptions options) {
  const Result<VaeSizes> sizes = read_vae_sizes(file);
  if (!sizes) return std::unexpected(sizes.error());
  Result<ModelWeights> weights =
      ModelWeights::load(device, file, {.converts = conversion(device.kind(), options.precision)});
  if (!weights) return std::unexpected(weights.error());
  if (options.piece_bytes == 0) options.piece_bytes = piece_bytes(device.kind());
  return Vae(device, device.kind(), *sizes, std::move(*weights), options);
}

Result<Vae> Vae::outline(const Device& device, const TensorFile& file, BackendKind kind) {
  const Result<VaeSizes> sizes = read_vae_sizes(file);
  if (!sizes) return std::unexpected(sizes.error());
  Result<ModelWeights> weights = ModelWeights::load(
      device, file, {.converts = conversion(kind, Precision::kStored), .is_outline = true});
  if (!weights) return std::unexpected(weights.error());
  return Vae(device, kind, *sizes, std::move(*weights), {.piece_bytes = piece_bytes(kind)});
}

Vae::Built Vae::build(Half half, int width, int height) const {
  Built out = {std::make_unique<Graph>(*device_, VaeLayers::node_count(sizes_)), nullptr, nullptr};
  Graph& g = *out.graph;
  const VaeLayers layers(
      g.context(), weights_,
      {.piece_bytes = options_.piece_bytes, .copies_stripes = kind_ == BackendKind::kVulkan});
  if (half == Half::kEncoder) {
    out.input = g.input("picture", GGML_TYPE_F32, {width, height, kVaeImageChannels});
    out.output = build_encoder(layers, sizes_, out.input);
    g.output("moments", out.output);
    return out;
  }
  const int scale = sizes_.scale();
  out.input = g.input("latent", GGML_TYPE_F32, {width / scale, height / scale, sizes_.latent});
  ggml_tensor* middle = build_decoder_middle(layers, out.input);
  if (keeps_inner_) g.output(kMiddle, middle);
  out.output = build_decoder_rest(layers, sizes_, middle);
  g.output("picture", out.output);
  return out;
}

std::uint64_t Vae::memory_needed(Half half, int width, int height) const {
  return build(half, width, height).graph->measure();
}

std::uint64_t Vae::memory_needed(int width, int height) const {
  return std::max(memory_needed(Half::kEncoder, width, height),
                  memory_needed(Half::kDecoder, width, height));
}

Result<int> Vae::tile_side(Half half, int width, int height) const {
  if (options_.memory == 0 || memory_needed(half, width, height) <= options_.memory) return 0;
  for (int side = std::max(options_.tile, kSmallestTile); side >= kSmallestTile; side /= 2) {
    side -= side % sizes_.scale();
    const int tile_width = std::min(side, width), tile_height = std::min(side, height);
    if (memory_needed(half, tile_width, tile_height) <= options_.memory) return side;
  }
  return fail(
      ErrorCode::kModelMissing,
      fmt::format(
          "autoencoder: {} MiB of working memory are too little even for tiles of {} "
          "pixels, which take {} MiB; allow more memory or use another backend",
          options_.memory >> 20, kSmallestTile,
          memory_needed(half, std::min(kSmallestTile, width), std::min(kSmallestTile, height)) >>
              20));
}

Result<std::vector<float>> Vae::run_whole(Half half, std::span<const float> values, int width,
                                          int height, const std::stop_token& stop) {
  if (!graph_ || half_ != half || width_ != width || height_ != height) {
    graph_.reset();  // before the next one takes its memory
    Built built = build(half, width, height);
    if (auto finished = built.graph->finish(); !finished) return std::unexpected(finished.error());
    graph_ = std::move(built.graph);
    input_ = built.input, output_ = built.output;
    half_ = half, width_ = width, height_ = height;
  }
  graph_->set(input_, values);
  if (auto done = graph_->run(stop); !done) return std::unexpected(done.error());
  std::vector<float> out = graph_->get(output_);
  if (!std::all_of(out.begin(), out.end(), [](float v) { return std::isfinite(v); })) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("the autoencoder's {} gave a number that is not finite; its weights or "
                            "its input are damaged",
                            half == Half::kEncoder ? "encoder" : "decoder"));
  }
  return out;
}

Result<std::vector<float>> Vae::run(Half half, std::span<const float> values, int width, int height,
                                    const std::stop_token& stop) {
  const int scale = sizes_.scale();
  const bool encodes = half == Half::kEncoder;
  const int in_channels = encodes ? kVaeImageChannels : sizes_.latent;
  const int out_channels = encodes ? 2 * sizes_.latent : kVaeImageChannels;
  const int in_unit = encodes ? scale : 1, out_unit = encodes ? 1 : scale;  // points of a cell
  const int across = width / scale, down = height / scale;                  // cells
  if (width <= 0 || height <= 0 || width % scale != 0 || height % scale != 0 ||
      values.size() != planes_size(in_channels, across * in_unit, down * in_unit)) {
    return fail(ErrorCode::kBug,
                fmt::format("autoencoder: {} numbers for a picture of {}x{}; the sides must be "
                            "multiples of {}",
                            values.size(), width, height, scale));
  }
  const Result<int> side = tile_side(half, width, height);
  if (!side) return std::unexpected(side.error());
  if (*side == 0) return run_whole(half, values, width, height, stop);

  const int overlap = options_.overlap / scale;
  const std::vector<AxisTile> columns = lay_tiles(across, *side / scale, overlap, out_unit);
  const std::vector<AxisTile> rows = lay_tiles(down, *side / scale, overlap, out_unit);
  const int tile_across = std::min(*side / scale, across);
  const int tile_down = std::min(*side / scale, down);
  TileSum sum(out_channels, across * out_unit, down * out_unit);
  for (const AxisTile& row : rows) {
    for (const AxisTile& column : columns) {
      const PixelRect seen = {column.start * in_unit, row.start * in_unit, tile_across * in_unit,
                              tile_down * in_unit};
      const auto tile =
          run_whole(half, cut_planes(values, across * in_unit, down * in_unit, in_channels, seen),
                    tile_across * scale, tile_down * scale, stop);
      if (!tile) return tile;
      sum.add(*tile, column, row, column.start * out_unit, row.start * out_unit);
    }
  }
  return sum.take();
}

Result<VaeMoments> Vae::encode(std::span<const float> rgb, int width, int height,
                               const std::stop_token& stop) {
  Result<std::vector<float>> moments = run(Half::kEncoder, rgb, width, height, stop);
  if (!moments) return std::unexpected(moments.error());
  const auto middle = moments->begin() + std::ptrdiff_t(moments->size() / 2);
  return VaeMoments{{moments->begin(), middle}, {middle, moments->end()}};
}

Result<std::vector<float>> Vae::decode(std::span<const float> z, int width, int height,
                                       const std::stop_token& stop) {
  return run(Half::kDecoder, z, width, height, stop);
}

Result<std::vector<float>> Vae::decode_region(std::span<const float> z, int width, int height,
                                              const PixelRect& region,
                                              const std::stop_token& stop) {
  const int scale = sizes_.scale(), border = options_.overlap;
  if (region.is_empty() || intersection(region, {0, 0, width, height}) != region ||
      z.size() != planes_size(sizes_.latent, width / scale, height / scale)) {
    return fail(ErrorCode::kBug,
                fmt::format("autoencoder: {}x{} pixels at {}, {} of a picture of {}x{}",
                            region.width, region.height, region.x, region.y, width, height));
  }
  // In cells, outwards.
  const int left = std::max(0, region.x - border) / scale;
  const int top = std::max(0, region.y - border) / scale;
  const int right = (std::min(width, region.right() + border) + scale - 1) / scale;
  const int bottom = (std::min(height, region.bottom() + border) + scale - 1) / scale;
  const PixelRect cells = {left, top, right - left, bottom - top};
  const auto seen =
      run(Half::kDecoder, cut_planes(z, width / scale, height / scale, sizes_.latent, cells),
          cells.width * scale, cells.height * scale, stop);
  if (!seen) return seen;
  const PixelRect wanted = {region.x - left * scale, region.y - top * scale, region.width,
                            region.height};
  return cut_planes(*seen, cells.width * scale, cells.height * scale, kVaeImageChannels, wanted);
}

Result<std::vector<float>> Vae::inner(std::string_view name) const {
  ggml_tensor* tensor =
      graph_ ? ggml_get_tensor(graph_->context(), std::string(name).c_str()) : nullptr;
  if (tensor == nullptr)
    return fail(ErrorCode::kBug, fmt::format("the autoencoder keeps nothing named '{}'", name));
  return graph_->get(tensor);
}

}  // namespace pawfect
