// The stages of check_flux, one function each; they share what was computed so far. Not for use
// elsewhere.
#pragma once

#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "flux/check_files.h"
#include "flux/check_flux.h"
#include "flux/check_reference.h"
#include "flux/model_folder.h"
#include "flux/vae.h"

namespace pawfect {

// Largest errors that rounding explains (tests/data/flux-tiny/README.md).
inline constexpr double kLimitF32 = 1e-3;
inline constexpr double kLimitF16 = 5e-3;
inline constexpr double kLimitBF16 = 2e-2;          // 8 bits of a number, where F16 has 11
inline constexpr double kLimitQuantised = 3e-2;     // of a velocity, of T5's rows
inline constexpr double kLimitQuantisedSum = 1e-2;  // of latents and pictures
inline constexpr double kLimitHost = 1e-5;          // schedule, first latents: no matrices in them

// What our own stages made, for the whole chain: by precision, then by prompt or case.
struct CheckResults {
  std::map<Precision, std::map<int, std::vector<float>>> t5, pooled;
  std::map<std::string, std::vector<float>> condition, start;  // the VAE computes in F32 alone
};

class CheckRun {
 public:
  CheckRun(const Device& device, const CheckReference& reference, const CheckFiles& files,
           const CheckOptions& options, const CheckSink& sink, const std::stop_token& stop)
      : device_(&device),
        reference_(&reference),
        files_(&files),
        options_(&options),
        sink_(&sink),
        stop_(stop) {}

  Result<void> check_schedule();
  Result<void> check_tokens();
  Result<void> check_t5();
  Result<void> check_clip();
  Result<void> check_vae();
  Result<void> check_transformers();

  const CheckSummary& summary() const { return summary_; }

 private:
  // How the weights of a file are compared: at which limits, with which recorded results.
  struct Terms {
    std::string kind;       // "F16", "Q4_0 as F32"
    std::string quantised;  // TYPE of "quant.TYPE.*"; empty: the weights are the exact ones
    double limit = 0;
    double sum_limit = 0;  // of latents and pictures
    double levels = 0;     // of the finished picture
  };
  // False and a note when nothing was recorded for this type of weights.
  bool find_terms(const TensorFile& file, Precision precision, ModelPart part, Terms& terms);

  CheckLine line(std::string stage, const Terms& terms, const TensorFile* file) const;
  CheckLine exact_line(std::string stage, const TensorFile* file) const;
  // Hands it on when anything was compared.
  void emit(const CheckLine& line);
  void note(std::string text);
  // Notes a failed run in the line; only cancelling ends the check.
  Result<void> failed(CheckLine& line, const Error& error, std::string_view where) const;

  Result<void> check_vae_file(const TensorFile& file, Precision precision);
  Result<void> check_transformer(const TensorFile& file, Precision precision, const Terms& terms);
  Result<void> check_steps(FluxTransformer& transformer, const CheckCase& one, const Terms& terms,
                           CheckLine& out);
  Result<void> check_chain(FluxTransformer& transformer, Vae& vae, const CheckCase& one,
                           Precision precision, const Terms& terms, std::vector<CheckLine>& lines);
  Result<void> check_inner(const TensorFile& file, Precision precision, const Terms& terms);
  Result<void> fits(const FluxTransformer& transformer, const TensorFile& file) const;

  const Device* device_;
  const CheckReference* reference_;
  const CheckFiles* files_;
  const CheckOptions* options_;
  const CheckSink* sink_;
  std::stop_token stop_;
  CheckSummary summary_;
  CheckResults results_;
};

}  // namespace pawfect
