#include "flux/flux_fill.h"

#include <fmt/format.h>

#include <utility>

#include "flux/noise.h"
#include "flux/packing.h"
#include "flux/sampler.h"
#include "flux/schedule.h"

namespace pawfect {
namespace {

Result<void> check(const FluxFillRequest& r, const FluxSizes& sizes) {
  if (r.width <= 0 || r.height <= 0 || r.width % kPixelsPerToken != 0 ||
      r.height % kPixelsPerToken != 0) {
    return fail(ErrorCode::kBadInput,
                fmt::format("flux: a picture of {}x{} was given; both sides are multiples of {}",
                            r.width, r.height, kPixelsPerToken));
  }
  if (r.steps < 1 || first_step(r.steps, r.strength) >= r.steps) {
    return fail(ErrorCode::kBadInput,
                fmt::format("flux: {} steps at strength {:g} leave no step to run; give more of "
                            "either",
                            r.steps, r.strength));
  }
  const bool fits = r.prompt.t5.size() == std::size_t(r.prompt.length) * sizes.context &&
                    r.prompt.pooled.size() == std::size_t(sizes.vector);
  if (!fits) {
    return fail(
        ErrorCode::kModelMissing,
        fmt::format(
            "flux: the text encoders give {} numbers a T5 row and {} of CLIP, the transformer "
            "takes {} and {}; take the T5-XXL and CLIP-L that belong to FLUX.1",
            r.prompt.length > 0 ? r.prompt.t5.size() / r.prompt.length : 0, r.prompt.pooled.size(),
            sizes.context, sizes.vector));
  }
  return {};
}

// The hole becomes 0, mid grey.
std::vector<float> without_hole(const FluxFillRequest& r) {
  std::vector<float> rgb(r.rgb.begin(), r.rgb.end());
  const std::size_t plane = r.mask.size();
  for (std::size_t i = 0; i < rgb.size(); ++i) {
    if (r.mask[i % plane] != 0) rgb[i] = 0.0f;
  }
  return rgb;
}

}  // namespace

Result<FluxFill> FluxFill::open(const Device& device, const FluxFiles& files, Precision precision,
                                const VaeOptions& vae_options) {
  const auto open_file =
      [](const std::filesystem::path& path) -> Result<std::unique_ptr<TensorFile>> {
    Result<TensorFile> file = TensorFile::open(path);
    if (!file) return std::unexpected(file.error());
    return std::make_unique<TensorFile>(std::move(*file));
  };
  auto transformer_file = open_file(files.transformer);
  if (!transformer_file) return std::unexpected(transformer_file.error());
  auto vae_file = open_file(files.vae);
  if (!vae_file) return std::unexpected(vae_file.error());
  Result<FluxTransformer> transformer =
      FluxTransformer::load(device, **transformer_file, precision);
  if (!transformer) return std::unexpected(transformer.error());
  Result<Vae> vae = Vae::load(device, **vae_file, vae_options);
  if (!vae) return std::unexpected(vae.error());
  return FluxFill(std::move(*transformer_file), std::move(*vae_file), std::move(*transformer),
                  std::move(*vae));
}

Result<std::vector<float>> FluxFill::fill(const FluxFillRequest& r, const JobControl& control) {
  if (auto sound = check(r, transformer_.sizes()); !sound) return std::unexpected(sound.error());
  const int w = r.width / kPixelsPerLatent, h = r.height / kPixelsPerLatent;
  const auto packed_mean = [&](std::span<const float> rgb) -> Result<std::vector<float>> {
    const auto moments = vae_.encode(rgb, r.width, r.height, control.stop);
    if (!moments) return std::unexpected(moments.error());
    return pack(scale_latent(moments->mean), kLatentChannels, w, h);
  };

  control.report("encode", 0.0);
  const auto masked = packed_mean(without_hole(r));
  if (!masked) return std::unexpected(masked.error());
  const std::vector<float> condition =
      join_condition(*masked, pack_mask(r.mask, r.width, r.height));
  const std::vector<float> drawn =
      r.noise.empty() ? gaussian_noise(r.seed, std::size_t(kLatentChannels) * w * h)
                      : std::vector<float>(r.noise.begin(), r.noise.end());
  std::vector<float> latent = pack(drawn, kLatentChannels, w, h);
  const std::vector<float> sigmas = flux_sigmas(r.steps, w * h / 4);
  const int first = first_step(r.steps, r.strength);
  if (first > 0) {
    const auto whole = packed_mean(r.rgb);
    if (!whole) return std::unexpected(whole.error());
    const float noise_level = sigmas[first];
    for (std::size_t i = 0; i < latent.size(); ++i)
      latent[i] = noise_level * latent[i] + (1 - noise_level) * (*whole)[i];
  }

  if (auto ready = transformer_.prepare(h / 2, w / 2, r.prompt.length); !ready)
    return std::unexpected(ready.error());
  transformer_.set_prompt(r.prompt.t5, r.prompt.pooled, r.guidance);
  StepWatcher watcher;
  if (r.preview && r.preview_every > 0) {
    const PreviewFit fit = fit_preview(*masked, r.rgb, r.mask, r.width, r.height);
    watcher = [&r, &sigmas, fit](int step, std::span<const float> velocity,
                                 std::span<const float> now) {
      if ((step + 1) % r.preview_every != 0) return;
      r.preview(draw_preview(fit, clean_latent(now, velocity, sigmas[step + 1]), step + 1, r.width,
                             r.height));
    };
  }
  auto done = sample(transformer_, latent, condition, sigmas, first, control, watcher);
  transformer_.release_graph();
  if (!done) return std::unexpected(done.error());

  control.report("decode", 0.0);
  const std::vector<float> z = unscale_latent(unpack(*done, kLatentChannels, w, h));
  auto rgb = r.region.is_empty() ? vae_.decode(z, r.width, r.height, control.stop)
                                 : vae_.decode_region(z, r.width, r.height, r.region, control.stop);
  if (rgb) control.report("decode", 1.0);
  return rgb;
}

}  // namespace pawfect
