// CheckReference: what another implementation computed with a FLUX.1-Fill, recorded in a folder
// (reference.json, reference.safetensors; tests/data/flux-tiny/README.md describes both). Sizes are
// checked when it is opened: what is handed out fits the case. Movable; const use is thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "weights/tensor_file.h"

namespace pawfect {

struct CheckPrompt {
  int index = 0;  // of its tensors: "prompt.INDEX.t5_ids"
  std::string text;
  int t5_length = 0;
  std::string used_by;  // the first case with this prompt
};

struct CheckCase {
  std::string name;
  int width = 0, height = 0;  // pixels, multiples of 16
  int prompt = 0;             // CheckPrompt::index
  int t5_length = 0;
  float guidance = 0;
  int steps = 0;  // before strength cuts them
  double strength = 1;
  int first_step = 0;
  bool draws_latent = false;  // mean + deviation x recorded noise, instead of the mean

  int tokens() const { return (width / 16) * (height / 16); }
  int run_steps() const { return steps - first_step; }
};

struct CheckSchedule {
  int image_tokens = 0, steps = 0, first_step = 0;
  double strength = 1;
  std::vector<float> sigmas;  // all of them, not cut
};

class CheckReference {
 public:
  // Errors (kModelMissing): a file that is missing, unreadable or lacks what it must have, and
  // recorded numbers that do not fit their case.
  static Result<CheckReference> open(const std::filesystem::path& folder);

  std::span<const CheckPrompt> prompts() const { return prompts_; }
  std::span<const CheckCase> cases() const { return cases_; }
  std::span<const CheckSchedule> schedules() const { return schedules_; }
  // The case with that name, else the first.
  const CheckCase& case_named(std::string_view name) const;
  // Of weights of TYPE: "Q4_0", "t5.Q8_0"; the case or the prompt that was computed with them.
  const std::map<std::string, std::string>& quantised_cases() const { return quantised_cases_; }
  const std::map<std::string, int>& quantised_prompts() const { return quantised_prompts_; }
  // The case and the step that the inner values ("debug.*") belong to.
  const CheckCase& debug_case() const { return case_named(debug_case_); }
  int debug_step() const { return debug_step_; }

  std::span<const TensorInfo> tensors() const { return file_.tensors(); }
  bool has(std::string_view name) const { return file_.find(name) != nullptr; }
  // The recorded numbers; empty when that tensor was not recorded, or has another type.
  std::vector<float> floats(std::string_view name) const;
  std::vector<std::int32_t> whole_numbers(std::string_view name) const;
  std::vector<std::uint8_t> bytes(std::string_view name) const;

 private:
  explicit CheckReference(TensorFile file) : file_(std::move(file)) {}

  Result<void> read_document(const std::filesystem::path& path);
  Result<void> check_sizes() const;

  TensorFile file_;
  std::vector<CheckPrompt> prompts_;
  std::vector<CheckCase> cases_;
  std::vector<CheckSchedule> schedules_;
  std::map<std::string, std::string> quantised_cases_;
  std::map<std::string, int> quantised_prompts_;
  std::string debug_case_;
  int debug_step_ = 0;
};

}  // namespace pawfect
