// Compares this program's FLUX.1-Fill with results that were recorded from another implementation
// (check_reference.h), stage by stage and case by case: each stage with the recorded input, then
// the whole chain. The library behind `pawfect models verify --against`. Uses no picture library.
#pragma once

#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "flux/check_line.h"
#include "flux/transformer.h"
#include "tensor/device.h"

namespace pawfect {

struct CheckOptions {
  std::vector<Precision> precisions = {Precision::kF32, Precision::kStored};
  std::string variant = {};  // only transformers whose file name holds it; empty: all
  std::filesystem::path weights =
      {};  // this transformer instead of the folder's; empty: the folder's
};

struct CheckSummary {
  int lines = 0;
  int failed = 0;
  std::vector<std::string> notes;  // what could not be compared, and why
};

// `folder` holds weights of every part, tokenizers and the recorded results; weight files are told
// by their content. `sink` gets a line as soon as its stage is done. Errors: kModelMissing for
// files that are missing or refused, and when nothing at all could be compared; kCancelled.
Result<CheckSummary> check_flux(const std::filesystem::path& folder, const Device& device,
                                const CheckOptions& options, const CheckSink& sink,
                                const std::stop_token& stop = {});

}  // namespace pawfect
