// The autoencoder and what is made of its results, against the recorded ones.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "flux/check_picture.h"
#include "flux/check_stages.h"
#include "flux/packing.h"

namespace pawfect {
namespace {

// mean + exp(logvar / 2) x eps, as diffusers draws it.
std::vector<float> drawn(const VaeMoments& moments, std::span<const float> eps) {
  std::vector<float> latent = moments.mean;
  for (std::size_t i = 0; i < latent.size(); ++i)
    latent[i] += std::exp(0.5f * std::clamp(moments.logvar[i], -30.0f, 20.0f)) * eps[i];
  return latent;
}

// sigma x noise + (1 - sigma) x latent.
std::vector<float> noised(std::span<const float> latent, std::span<const float> noise,
                          float sigma) {
  std::vector<float> out(noise.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = sigma * noise[i] + (1.0f - sigma) * latent[i];
  return out;
}

// The mask's part of the condition tokens.
std::vector<float> mask_part(std::span<const float> condition) {
  constexpr std::size_t kRow = kTokenLatent + kTokenMask;
  std::vector<float> out;
  for (std::size_t at = 0; at + kRow <= condition.size(); at += kRow) {
    const auto row = condition.subspan(at + kTokenLatent, kTokenMask);
    out.insert(out.end(), row.begin(), row.end());
  }
  return out;
}

}  // namespace

Result<void> CheckRun::check_vae() {
  for (const auto& file : files_->vae) {
    if (auto done = check_vae_file(*file, Precision::kF32); !done) return done;
    // Elsewhere it computes in F32 whatever is asked.
    const bool has_other = device_->kind() == BackendKind::kCuda;
    if (!has_other || options_->precisions == std::vector{Precision::kF32}) continue;
    if (auto done = check_vae_file(*file, Precision::kStored); !done) return done;
  }
  return {};
}

Result<void> CheckRun::check_vae_file(const TensorFile& file, Precision precision) {
  auto vae = Vae::load(*device_, file, {.precision = precision});
  if (!vae) return std::unexpected(vae.error());
  if (vae->sizes().latent != kLatentChannels || vae->sizes().scale() != kPixelsPerLatent) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: an autoencoder of {} channels at 1/{}; FLUX has {} at 1/{}",
                            file.path().string(), vae->sizes().latent, vae->sizes().scale(),
                            kLatentChannels, kPixelsPerLatent));
  }
  Terms terms;
  const bool is_exact = precision == Precision::kF32;
  terms.kind = is_exact ? "F32" : "F16 partly";
  terms.limit = is_exact ? kLimitF32 : kLimitF16;
  CheckLine means = line("vae_mean", terms, &file), logvars = line("vae_logvar", terms, &file);
  CheckLine masks = exact_line("packed_mask", nullptr);
  CheckLine condition = line("cond", terms, &file), start = line("latents_start", terms, &file);
  CheckLine decoded = line("vae_decoded", terms, &file);
  CheckLine results = line("vae_result", terms, &file);
  results.measure = CheckMeasure::kLevels;
  results.limit = is_exact ? 1 : 2;

  for (const CheckCase& one : reference_->cases()) {
    const auto field = [&](std::string_view name) {
      return fmt::format("case.{}.{}", one.name, name);
    };
    const auto hard = hard_mask(reference_->bytes(field("mask")));
    const auto image = reference_->bytes(field("image"));
    const auto noise = reference_->floats(field("noise"));
    const auto due_cond = reference_->floats(field("cond"));
    const int w = one.width / kPixelsPerLatent, h = one.height / kPixelsPerLatent;
    const auto packed_mask =
        hard.empty() ? std::vector<float>{} : pack_mask(hard, one.width, one.height);
    if (!hard.empty() && !due_cond.empty())
      masks.add(count_different(packed_mask, mask_part(due_cond)), one.name);

    // What the encoder makes of the picture, whole or with a hole, as a scaled latent.
    const auto latent_of = [&](std::span<const float> planes,
                               const char* which) -> Result<std::vector<float>> {
      const auto moments = vae->encode(planes, one.width, one.height, stop_);
      if (!moments) return std::unexpected(moments.error());
      const auto compare = [&](CheckLine& to, const char* name, std::span<const float> ours) {
        const auto due = reference_->floats(field(fmt::format("{}_{}", name, which)));
        if (!due.empty()) to.add(relative_error(ours, due), one.name);
      };
      compare(means, "vae_mean", moments->mean);
      compare(logvars, "vae_logvar", moments->logvar);
      const auto eps = reference_->floats(field(fmt::format("eps_{}", which)));
      return scale_latent(one.draws_latent && !eps.empty() ? drawn(*moments, eps) : moments->mean);
    };
    if (!image.empty() && !hard.empty()) {
      const auto planes = picture_to_planes(image);
      const auto whole = latent_of(planes, "image");
      const auto holed = whole ? latent_of(masked_planes(planes, hard), "masked") : whole;
      if (!holed) {
        if (auto go_on = failed(means, holed.error(), one.name); !go_on) return go_on;
        continue;
      }
      auto& ours = results_.condition[one.name];
      ours = join_condition(pack(*holed, kLatentChannels, w, h), packed_mask);
      if (!due_cond.empty()) condition.add(relative_error(ours, due_cond), one.name);
      const auto sigmas = reference_->floats(field("sigmas"));
      if (!noise.empty() && !sigmas.empty()) {
        auto& first = results_.start[one.name];
        first = pack(noised(*whole, noise, sigmas.front()), kLatentChannels, w, h);
        const auto due = reference_->floats(field("latents_start"));
        if (!due.empty()) start.add(relative_error(first, due), one.name);
      }
    }

    const auto latents = reference_->floats(field("latents"));
    const auto due_decoded = reference_->floats(field("decoded"));
    const auto due_result = reference_->bytes(field("result"));
    if (latents.empty() || due_decoded.empty()) continue;
    const std::size_t one_step = std::size_t(one.tokens()) * kTokenLatent;
    const auto z = unscale_latent(unpack(std::span(latents).last(one_step), kLatentChannels, w, h));
    const auto picture = vae->decode(z, one.width, one.height, stop_);
    if (!picture) {
      if (auto go_on = failed(decoded, picture.error(), one.name); !go_on) return go_on;
      continue;
    }
    decoded.add(relative_error(*picture, due_decoded), one.name);
    if (!due_result.empty())
      results.add(most_levels(planes_to_picture(*picture), due_result), one.name);
  }
  for (const CheckLine* one : {&means, &logvars, &masks, &condition, &start, &decoded, &results})
    emit(*one);
  return {};
}

}  // namespace pawfect
