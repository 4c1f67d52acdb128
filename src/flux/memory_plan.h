// What a job will take on a device, stage by stage, told before any weight is loaded: from the
// headers of the files and from graphs that are built and measured, never run. Bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "flux/model_folder.h"
#include "flux/precision.h"
#include "tensor/device.h"

namespace pawfect {

struct StageMemory {
  std::string stage;          // "T5", "CLIP", "encode", "steps", "decode"
  std::uint64_t weights = 0;  // on the device while the stage runs
  std::uint64_t working = 0;  // its graph

  std::uint64_t total() const { return weights + working; }
};

struct MemoryPlan {
  std::vector<StageMemory> text;   // the encoders, one after the other, before the others load
  std::vector<StageMemory> paint;  // transformer and autoencoder, whose weights stay

  std::uint64_t text_peak() const;
  std::uint64_t paint_peak() const;
};

// What the painting needs apart from the size of the picture.
struct PlanInput {
  FluxFiles files;
  BackendKind kind = BackendKind::kCpu;  // that is meant; need not be here
  int t5_length = 512;
  Precision precision = Precision::kStored;  // of the transformer
};

// Measures with `device`, which may be another than the one that is meant: the graphs are the ones
// of `input.kind`. width, height: pixels of the working picture, multiples of 16. Errors
// (kModelMissing): files that are missing or refused.
Result<MemoryPlan> plan_memory(const Device& device, const PlanInput& input, int width, int height);

// A card by name ("t4"), for plans on paper: what of its memory a program can have.
struct KnownCard {
  std::string_view name;
  std::uint64_t bytes;
};
std::span<const KnownCard> known_cards();

}  // namespace pawfect
