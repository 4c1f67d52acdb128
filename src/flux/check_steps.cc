// The transformer with the recorded input of each step, and the whole chain with our own.
#include <fmt/format.h>

#include <span>

#include "flux/check_picture.h"
#include "flux/check_stages.h"
#include "flux/packing.h"
#include "flux/sampler.h"

namespace pawfect {
namespace {

// Where the recorded steps of a case lie, for exact or for quantised weights.
std::string steps_field(const CheckCase& one, std::string_view quantised, std::string_view name) {
  return quantised.empty() ? fmt::format("case.{}.{}", one.name, name)
                           : fmt::format("quant.{}.{}", quantised, name);
}

}  // namespace

Result<void> CheckRun::check_transformers() {
  for (const auto& file : files_->transformers) {
    for (const Precision precision : options_->precisions) {
      Terms terms;
      if (const Result<FluxSizes> sizes = read_flux_sizes(*file); !sizes)
        return std::unexpected(sizes.error());
      if (!find_terms(*file, precision, ModelPart::kTransformer, terms)) continue;
      if (auto done = check_transformer(*file, precision, terms); !done) return done;
    }
  }
  return {};
}

Result<void> CheckRun::fits(const FluxTransformer& transformer, const TensorFile& file) const {
  const FluxSizes& sizes = transformer.sizes();
  const auto refuse = [&](std::string_view what, std::size_t found, int due) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: takes {} numbers {}, the recorded ones have {}; the encoders and "
                            "the transformer belong to different models",
                            file.path().string(), due, what, found));
  };
  for (const CheckPrompt& prompt : reference_->prompts()) {
    const auto t5 = reference_->floats(fmt::format("prompt.{}.t5_hidden", prompt.index));
    const auto pooled = reference_->floats(fmt::format("prompt.{}.clip_pooled", prompt.index));
    const std::size_t length = std::size_t(prompt.t5_length);
    if (!t5.empty() && t5.size() != length * sizes.context)
      return refuse("for each token of text", t5.size() / length, sizes.context);
    if (!pooled.empty() && pooled.size() != std::size_t(sizes.vector))
      return refuse("for the whole text", pooled.size(), sizes.vector);
  }
  if (sizes.out_channels != kTokenLatent)
    return refuse("a latent token", kTokenLatent, sizes.out_channels);
  return {};
}

Result<void> CheckRun::check_transformer(const TensorFile& file, Precision precision,
                                         const Terms& terms) {
  auto transformer = FluxTransformer::load(*device_, file, precision);
  if (!transformer) return std::unexpected(transformer.error());
  if (auto fitting = fits(*transformer, file); !fitting) return fitting;
  auto vae = Vae::load(*device_, *files_->vae.front(), {.precision = precision});
  if (!vae) return std::unexpected(vae.error());

  CheckLine out = line("out", terms, &file);
  std::vector<CheckLine> chain;
  for (const char* stage : {"latents", "latents_final", "decoded", "result"}) {
    chain.push_back(line(stage, terms, &file));
    chain.back().limit = terms.sum_limit;
  }
  chain.back().measure = CheckMeasure::kLevels;
  chain.back().limit = terms.levels;
  for (const CheckCase& one : reference_->cases()) {
    const bool is_due =
        terms.quantised.empty() ||
        &reference_->case_named(reference_->quantised_cases().at(terms.quantised)) == &one;
    if (!is_due) continue;
    if (auto done = check_steps(*transformer, one, terms, out); !done) return done;
    if (auto done = check_chain(*transformer, *vae, one, precision, terms, chain); !done)
      return done;
  }
  emit(out);
  for (const CheckLine& one : chain) emit(one);
  return check_inner(file, precision, terms);
}

Result<void> CheckRun::check_steps(FluxTransformer& transformer, const CheckCase& one,
                                   const Terms& terms, CheckLine& out) {
  const auto field = [&](std::string_view name) {
    return reference_->floats(fmt::format("case.{}.{}", one.name, name));
  };
  const auto t5 = reference_->floats(fmt::format("prompt.{}.t5_hidden", one.prompt));
  const auto pooled = reference_->floats(fmt::format("prompt.{}.clip_pooled", one.prompt));
  const auto start = field("latents_start"), cond = field("cond"), sigmas = field("sigmas");
  const auto due = reference_->floats(steps_field(one, terms.quantised, "out"));
  const auto latents = reference_->floats(steps_field(one, terms.quantised, "latents"));
  const std::size_t size = start.size();
  const std::size_t all = size * std::size_t(one.run_steps());
  if (t5.empty() || pooled.empty() || cond.empty() || sigmas.empty() || size == 0 ||
      due.size() != all || latents.size() != all)
    return {};
  const auto prepared =
      transformer.prepare(one.height / kPixelsPerToken, one.width / kPixelsPerToken, one.t5_length);
  if (!prepared) return failed(out, prepared.error(), one.name);
  transformer.set_prompt(t5, pooled, one.guidance);
  for (int step = 0; step < one.run_steps(); ++step) {
    const std::span<const float> from =
        step == 0 ? std::span(start) : std::span(latents).subspan((step - 1) * size, size);
    const auto ours = transformer.run(join_tokens(from, cond), sigmas[step], stop_);
    if (!ours) return failed(out, ours.error(), one.name);
    out.add(relative_error(*ours, std::span(due).subspan(step * size, size)),
            fmt::format("{} step {}", one.name, step + 1));
  }
  return {};
}

Result<void> CheckRun::check_chain(FluxTransformer& transformer, Vae& vae, const CheckCase& one,
                                   Precision precision, const Terms& terms,
                                   std::vector<CheckLine>& lines) {
  // Our own where we have it; the recorded text where only quantised encoders are here.
  const auto own = [](const auto& ours, const auto& key,
                      const std::vector<float>& recorded) -> std::vector<float> {
    const auto found = ours.find(key);
    return found == ours.end() ? recorded : found->second;
  };
  const auto field = [&](std::string_view name) {
    return reference_->floats(fmt::format("case.{}.{}", one.name, name));
  };
  const auto t5 = own(results_.t5[precision], one.prompt,
                      reference_->floats(fmt::format("prompt.{}.t5_hidden", one.prompt)));
  const auto pooled = own(results_.pooled[precision], one.prompt,
                          reference_->floats(fmt::format("prompt.{}.clip_pooled", one.prompt)));
  const auto start = own(results_.start, one.name, field("latents_start"));
  const auto cond = own(results_.condition, one.name, field("cond"));
  const auto sigmas = field("sigmas");
  const auto due = reference_->floats(steps_field(one, terms.quantised, "latents"));
  const auto due_decoded = reference_->floats(steps_field(one, terms.quantised, "decoded"));
  const auto due_result = terms.quantised.empty()
                              ? reference_->bytes(fmt::format("case.{}.result", one.name))
                              : std::vector<std::uint8_t>{};
  const std::size_t size = start.size();
  if (t5.size() != std::size_t(one.t5_length) * transformer.sizes().context || pooled.empty() ||
      cond.empty() || sigmas.empty() || size == 0 || due.size() != size * one.run_steps())
    return {};
  const auto prepared =
      transformer.prepare(one.height / kPixelsPerToken, one.width / kPixelsPerToken, one.t5_length);
  if (!prepared) return failed(lines[0], prepared.error(), one.name);
  transformer.set_prompt(t5, pooled, one.guidance);
  const auto watch = [&](int step, std::span<const float>, std::span<const float> latent) {
    lines[0].add(relative_error(latent, std::span(due).subspan(step * size, size)),
                 fmt::format("{} step {}", one.name, step + 1));
  };
  const auto latent =
      sample(transformer, start, cond, sigmas, 0, {.progress = {}, .stop = stop_}, watch);
  if (!latent) return failed(lines[0], latent.error(), one.name);
  lines[1].add(relative_error(*latent, std::span(due).last(size)), one.name);
  if (due_decoded.empty()) return {};
  const auto z = unscale_latent(unpack(*latent, kLatentChannels, one.width / kPixelsPerLatent,
                                       one.height / kPixelsPerLatent));
  const auto picture = vae.decode(z, one.width, one.height, stop_);
  if (!picture) return failed(lines[2], picture.error(), one.name);
  lines[2].add(relative_error(*picture, due_decoded), one.name);
  if (!due_result.empty())
    lines[3].add(most_levels(planes_to_picture(*picture), due_result), one.name);
  return {};
}

Result<void> CheckRun::check_inner(const TensorFile& file, Precision precision,
                                   const Terms& terms) {
  const CheckCase& one = reference_->debug_case();
  const int step = reference_->debug_step();
  const auto field = [&](std::string_view name) {
    return reference_->floats(fmt::format("case.{}.{}", one.name, name));
  };
  const auto t5 = reference_->floats(fmt::format("prompt.{}.t5_hidden", one.prompt));
  const auto pooled = reference_->floats(fmt::format("prompt.{}.clip_pooled", one.prompt));
  const auto start = field("latents_start"), cond = field("cond"), sigmas = field("sigmas");
  // Of the first step alone the input is known beforehand; inner values of quantised weights are
  // not recorded.
  if (!terms.quantised.empty() || step != 0 || t5.empty() || pooled.empty() || start.empty() ||
      cond.empty() || sigmas.empty())
    return {};
  // A transformer of its own: values that are kept change what the backend may join.
  auto transformer = FluxTransformer::load(*device_, file, precision);
  if (!transformer) return std::unexpected(transformer.error());
  transformer->keep_inner();
  CheckLine inner = line("inner", terms, &file);
  const auto prepared = transformer->prepare(one.height / kPixelsPerToken,
                                             one.width / kPixelsPerToken, one.t5_length);
  if (!prepared) return failed(inner, prepared.error(), one.name);
  transformer->set_prompt(t5, pooled, one.guidance);
  const auto ran = transformer->run(join_tokens(start, cond), sigmas[0], stop_);
  if (!ran) return failed(inner, ran.error(), one.name);
  for (const TensorInfo& tensor : reference_->tensors()) {
    constexpr std::string_view kPrefix = "debug.";
    if (!tensor.name.starts_with(kPrefix)) continue;
    const std::string name = tensor.name.substr(kPrefix.size());
    const auto ours = transformer->inner(name);  // other stages' values have other names
    const auto due = reference_->floats(tensor.name);
    if (!ours || due.empty()) continue;
    // Of text only the first rows are recorded.
    const std::size_t count = name.ends_with("txt") || name == "txt_in"
                                  ? std::min(due.size(), ours->size())
                                  : ours->size();
    inner.add(relative_error(std::span(*ours).first(count), due), name);
  }
  emit(inner);
  return {};
}

}  // namespace pawfect
