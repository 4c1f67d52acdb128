#include "flux/check_flux.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "flux/check_stages.h"
#include "flux/schedule.h"
#include "flux/t5_position.h"
#include "flux/weight_kind.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = char(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// The recorded TYPE that a quantised file belongs to: the longest that its name holds, else one
// that begins with the type of its matrices ("Q5_K": "Q5_K_M"). Empty: none.
std::string recorded_type(const std::vector<std::string>& recorded, const TensorFile& file,
                          TensorType type) {
  const std::string name = lower(file.path().filename().string());
  std::string best;
  for (const std::string& one : recorded) {
    if (one.starts_with(type_name(type)) && name.find(lower(one)) != std::string::npos &&
        one.size() > best.size())
      best = one;
  }
  for (const std::string& one : recorded) {
    if (best.empty() && one.starts_with(type_name(type))) best = one;
  }
  return best;
}

}  // namespace

bool CheckRun::find_terms(const TensorFile& file, Precision precision, ModelPart part,
                          Terms& terms) {
  const TensorType type = main_type(file);
  terms = {};
  terms.kind = type_name(type);
  if (is_quantised(type)) {
    std::vector<std::string> recorded;
    if (part == ModelPart::kT5) {
      for (const auto& [key, prompt] : reference_->quantised_prompts()) {
        if (key.starts_with("t5.") && reference_->has(fmt::format("quant.{}.t5_hidden", key)))
          recorded.push_back(key.substr(3));
      }
    } else if (part == ModelPart::kTransformer) {
      for (const auto& [key, name] : reference_->quantised_cases()) {
        if (reference_->has(fmt::format("quant.{}.out", key))) recorded.push_back(key);
      }
    }
    terms.quantised = recorded_type(recorded, file, type);
    if (terms.quantised.empty()) {
      note(fmt::format("{}: no results were recorded for {} weights; not compared",
                       printable_path(file.path().filename()), type_name(type)));
      return false;
    }
    terms.kind = terms.quantised;
  }
  if (precision == Precision::kHalf) {
    terms.kind += " in half";
    terms.limit = terms.sum_limit = kLimitF16;
    terms.levels = 2;
  } else if (precision == Precision::kF32 || type == TensorType::kF32) {
    if (type != TensorType::kF32) terms.kind += " as F32";
    terms.limit = terms.sum_limit = kLimitF32;
    terms.levels = 1;
  } else if (is_quantised(type)) {
    terms.limit = kLimitQuantised;
    terms.sum_limit = kLimitQuantisedSum;
    terms.levels = 8;
  } else {
    terms.limit = terms.sum_limit = type == TensorType::kBF16 ? kLimitBF16 : kLimitF16;
    terms.levels = type == TensorType::kBF16 ? 6 : 2;
  }
  return true;
}

CheckLine CheckRun::line(std::string stage, const Terms& terms, const TensorFile* file) const {
  CheckLine out;
  out.stage = std::move(stage);
  out.kind = terms.kind;
  if (file != nullptr) out.file = file->path().filename().string();
  out.limit = terms.limit;
  return out;
}

CheckLine CheckRun::exact_line(std::string stage, const TensorFile* file) const {
  CheckLine out;
  out.stage = std::move(stage);
  out.kind = "exact";
  out.measure = CheckMeasure::kCount;
  if (file != nullptr) out.file = file->path().filename().string();
  return out;
}

void CheckRun::emit(const CheckLine& line) {
  if (line.compared == 0 && line.trouble.empty()) return;
  ++summary_.lines;
  summary_.failed += line.is_ok() ? 0 : 1;
  (*sink_)(line);
}

void CheckRun::note(std::string text) {
  if (std::ranges::find(summary_.notes, text) == summary_.notes.end())
    summary_.notes.push_back(std::move(text));
}

Result<void> CheckRun::failed(CheckLine& line, const Error& error, std::string_view where) const {
  if (error.code == ErrorCode::kCancelled) return std::unexpected(error);
  line.add_trouble(error.message, where);
  return {};
}

Result<void> CheckRun::check_schedule() {
  Terms terms;
  terms.kind = "F32";
  terms.limit = kLimitHost;
  CheckLine sigmas = line("sigmas", terms, nullptr);
  CheckLine cut = exact_line("first_step", nullptr);
  for (const CheckCase& one : reference_->cases()) {
    const int first = first_step(one.steps, one.strength);
    cut.add(first == one.first_step ? 0 : 1, one.name);
    const std::vector<float> due = reference_->floats(fmt::format("case.{}.sigmas", one.name));
    const std::vector<float> all = flux_sigmas(one.steps, one.tokens());
    if (!due.empty()) sigmas.add(relative_error(std::span(all).subspan(first), due), one.name);
  }
  for (const CheckSchedule& one : reference_->schedules()) {
    const std::string name = fmt::format("{} steps, {} tokens", one.steps, one.image_tokens);
    cut.add(first_step(one.steps, one.strength) == one.first_step ? 0 : 1, name);
    sigmas.add(relative_error(flux_sigmas(one.steps, one.image_tokens), one.sigmas), name);
  }
  emit(cut);
  emit(sigmas);

  CheckLine buckets = exact_line("t5_bucket", nullptr);
  const std::vector<std::int32_t> due = reference_->whole_numbers("const.t5_bucket");
  std::vector<std::int32_t> ours;
  ours.reserve(due.size());
  for (std::size_t i = 0; i < due.size(); ++i)  // 32 buckets, distances around 0
    ours.push_back(t5_bucket(int(i) - int(due.size() / 2), 32));
  if (!due.empty()) buckets.add(count_different(ours, due), "");
  emit(buckets);
  return {};
}

Result<CheckSummary> check_flux(const std::filesystem::path& folder, const Device& device,
                                const CheckOptions& options, const CheckSink& sink,
                                const std::stop_token& stop) {
  const Result<CheckReference> reference = CheckReference::open(folder);
  if (!reference) return std::unexpected(reference.error());
  const Result<CheckFiles> files = open_check_files(folder, options.variant, options.weights);
  if (!files) return std::unexpected(files.error());
  CheckRun run(device, *reference, *files, options, sink, stop);
  for (const auto stage :
       {&CheckRun::check_schedule, &CheckRun::check_tokens, &CheckRun::check_t5,
        &CheckRun::check_clip, &CheckRun::check_vae, &CheckRun::check_transformers}) {
    if (auto done = (run.*stage)(); !done) return std::unexpected(done.error());
  }
  return run.summary();
}

}  // namespace pawfect
