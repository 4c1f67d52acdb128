// FLUX.1-Fill as one function: picture, mask and embedded prompt in, filled picture out, at the
// model's own size (diffusers' FluxFillPipeline, with the encoder's mean instead of a sample).
// Keeps the weights between calls; each stage's working memory lives only while it runs. Not
// thread-safe; the device must outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/rect.h"
#include "flux/model_folder.h"
#include "flux/preview.h"
#include "flux/prompt_cache.h"
#include "flux/transformer.h"
#include "flux/vae.h"
#include "tensor/device.h"

namespace pawfect {

struct FluxFillRequest {
  std::span<const float> rgb;          // planar, -1..1
  std::span<const std::uint8_t> mask;  // anything but 0 = fill; as large as the picture
  int width = 0, height = 0;           // multiples of 16
  const PromptEmbedding& prompt;
  int steps = 20;
  float guidance = 30.0f;
  double strength = 1.0;  // below 1: starts from the noised picture, hole included
  std::uint64_t seed = 0;
  // Planar, 16 x height / 8 x width / 8; empty: drawn from the seed.
  std::span<const float> noise = {};
  // The part of the picture that is decoded (Vae::decode_region); empty: all of it.
  PixelRect region = {};
  // Gets a small picture after every `preview_every` steps; 0: never.
  int preview_every = 0;
  std::function<void(const LatentPreview&)> preview = {};
};

class FluxFill {
 public:
  // Reads the weights of transformer and autoencoder. Errors (kModelMissing): the loaders'.
  static Result<FluxFill> open(const Device& device, const FluxFiles& files,
                               Precision precision = Precision::kStored,
                               const VaeOptions& vae_options = {});

  const FluxSizes& sizes() const { return transformer_.sizes(); }

  // Planar RGB of the region, about -1..1, not clamped, also outside the hole (there it went
  // through the autoencoder and differs a little: paste only the hole). Reports "encode", "steps",
  // "decode". Errors: kBadInput for sizes that are no multiples of 16 or no step left to run;
  // kCancelled within one step; kModelMissing from the stages.
  Result<std::vector<float>> fill(const FluxFillRequest& request, const JobControl& control);

  const FluxTransformer& transformer() const { return transformer_; }
  FluxTransformer& transformer() { return transformer_; }  // for run_one_step

 private:
  FluxFill(std::unique_ptr<TensorFile> transformer_file, std::unique_ptr<TensorFile> vae_file,
           FluxTransformer transformer, Vae vae)
      : transformer_file_(std::move(transformer_file)),
        vae_file_(std::move(vae_file)),
        transformer_(std::move(transformer)),
        vae_(std::move(vae)) {}

  // Mapped for as long as the weights are in use.
  std::unique_ptr<TensorFile> transformer_file_, vae_file_;
  FluxTransformer transformer_;
  Vae vae_;
};

}  // namespace pawfect
