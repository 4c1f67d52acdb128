// Quantises a weight file: a FLUX.1-Fill transformer or a T5 encoder in F16, BF16 or F32, GGUF or
// safetensors, into a GGUF of a smaller type. Reads the source once and front to back, needs some
// tens of megabytes whatever its size, and writes the result whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/progress.h"
#include "flux/model_folder.h"
#include "models/quantize_plan.h"

namespace pawfect {

struct QuantizeJob {
  std::filesystem::path in;
  std::filesystem::path out;  // ends with .gguf
  QuantizeType type;
  int threads = 1;
};

struct QuantizeSummary {
  ModelPart part = ModelPart::kOther;
  std::uint64_t bytes_in = 0, bytes_out = 0;  // of the files
  std::map<TensorType, int> tensors;          // how many got which type
};

// Errors: kUsage: the output is the source or does not end with .gguf; kModelMissing: the source
// cannot be read, is no such model, is quantised already, or holds numbers that the type cannot;
// kBadInput: the output cannot be written; kCancelled.
Result<QuantizeSummary> quantize_file(const QuantizeJob& job, const JobControl& control);

}  // namespace pawfect
