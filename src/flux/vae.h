// The FLUX autoencoder: pictures to latents and back (BFL modules/autoencoder.py; docs/flux.md).
// Pictures and latents are planar, [channel][y][x] with x fastest; a latent cell stands for
// sizes().scale() pixels each way (8 in FLUX), and the sides of a picture must be multiples of
// that. Computes in F32 whatever the file holds. Owns its weights and, until it is released, the
// graph of the last size. Not thread-safe; the file and the device must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/rect.h"
#include "flux/precision.h"
#include "flux/vae_sizes.h"
#include "tensor/device.h"
#include "tensor/graph.h"
#include "tensor/model_weights.h"

namespace pawfect {

// What the encoder says of each latent number. Unscaled: the latent of the transformer is
// (value - 0.1159) * 0.3611.
struct VaeMoments {
  std::vector<float> mean, logvar;
};

struct VaeOptions {
  // Bytes that the working memory of one run may take. A picture that needs more goes in tiles,
  // which see only themselves: group norms and attention differ from tile to tile, so the result is
  // close to the whole one, not equal (docs/flux.md gives figures). 0: no limit, never tiles.
  std::uint64_t memory = 0;
  // Pixels along a side of a tile; halved until it fits, down to 128.
  int tile = 512;
  // Pixels that neighbouring tiles share and are blended over.
  int overlap = 128;
  // The size of intermediate matrices, see vae_layers.h. 0: what suits the device.
  std::uint64_t piece_bytes = 0;
  // On a CUDA card the convolutions of normed activations are multiplied in F16, unless this says
  // kF32.
  Precision precision = Precision::kStored;
};

class Vae {
 public:
  // Errors (kModelMissing): read_vae_sizes, ModelWeights::load.
  static Result<Vae> load(const Device& device, const TensorFile& file, VaeOptions options = {});

  // The same without any weights, for memory_needed alone; `kind` is the backend that is meant.
  // Errors: read_vae_sizes.
  static Result<Vae> outline(const Device& device, const TensorFile& file, BackendKind kind);

  const VaeSizes& sizes() const { return sizes_; }

  // rgb: 3 x height x width, -1..1. Errors: kBug for sides that are no multiples of scale() or
  // spans of another length; kModelMissing when not even the smallest tile fits options.memory,
  // and from Graph::finish, Device::run and for numbers that are not finite; kCancelled.
  Result<VaeMoments> encode(std::span<const float> rgb, int width, int height,
                            const std::stop_token& stop = {});

  // z: latent / 0.3611 + 0.1159, for a picture of width x height. Gives 3 x height x width, about
  // -1..1, not clamped. Errors as above.
  Result<std::vector<float>> decode(std::span<const float> z, int width, int height,
                                    const std::stop_token& stop = {});

  // The pixels of `region` alone, 3 x region.height x region.width, at the cost of the region grown
  // by options.overlap on every side: close to what `decode` gives there, as a tile is. A region
  // that with its border fills the picture gives exactly what `decode` gives. Errors as above, and
  // kBug for a region that is empty or sticks out.
  Result<std::vector<float>> decode_region(std::span<const float> z, int width, int height,
                                           const PixelRect& region,
                                           const std::stop_token& stop = {});

  // Bytes of working memory that a picture of this size takes, in one piece: the larger of encoder
  // and decoder; exact, without taking it. Weights and the pictures themselves come on top.
  std::uint64_t memory_needed(int width, int height) const;

  // The same of one half.
  std::uint64_t encoder_memory(int width, int height) const {
    return memory_needed(Half::kEncoder, width, height);
  }
  std::uint64_t decoder_memory(int width, int height) const {
    return memory_needed(Half::kDecoder, width, height);
  }

  std::uint64_t weight_bytes() const { return weights_.bytes(); }
  std::uint64_t graph_bytes() const { return graph_ ? graph_->memory_bytes() : 0; }

  // Gives the working memory back; the next call takes it again.
  void release_graph() { graph_.reset(); }

  // An inner value of the last decode in one piece: "decoder_mid", behind the middle blocks. Only
  // when `keep_inner` was called before; for checks.
  void keep_inner() { keeps_inner_ = true; }
  Result<std::vector<float>> inner(std::string_view name) const;

 private:
  enum class Half : std::uint8_t { kEncoder, kDecoder };

  Vae(const Device& device, BackendKind kind, VaeSizes sizes, ModelWeights weights,
      VaeOptions options)
      : device_(&device),
        kind_(kind),
        sizes_(std::move(sizes)),
        weights_(std::move(weights)),
        options_(options) {}

  // The graph of that half for a picture of that size, not yet with memory.
  struct Built {
    std::unique_ptr<Graph> graph;
    ggml_tensor *input, *output;
  };
  Built build(Half half, int width, int height) const;
  std::uint64_t memory_needed(Half half, int width, int height) const;
  // The side of the tiles for a picture of that size; 0 for one piece.
  Result<int> tile_side(Half half, int width, int height) const;
  // Input (picture or latent) to output (moments or picture) of a picture of that size, in one
  // piece or in tiles.
  Result<std::vector<float>> run(Half half, std::span<const float> values, int width, int height,
                                 const std::stop_token& stop);
  Result<std::vector<float>> run_whole(Half half, std::span<const float> values, int width,
                                       int height, const std::stop_token& stop);

  const Device* device_;
  BackendKind kind_;
  VaeSizes sizes_;
  ModelWeights weights_;
  VaeOptions options_;
  std::unique_ptr<Graph> graph_;
  ggml_tensor *input_ = nullptr, *output_ = nullptr;
  Half half_ = Half::kEncoder;
  int width_ = 0, height_ = 0;
  bool keeps_inner_ = false;
};

}  // namespace pawfect
