// What a FLUX engine is made of before any weight is loaded: files, device, and a division of the
// device's memory among the stages. Value type but for the devices it owns.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "fill/registry.h"
#include "flux/memory_plan.h"
#include "flux/model_folder.h"
#include "flux_engine/working_size.h"
#include "tensor/device.h"

namespace pawfect {

struct FluxSetup {
  std::string variant;
  FluxFiles files;
  std::unique_ptr<Device> device;
  // Where the text encoders run when they do not fit on `device` beside what is there.
  std::unique_ptr<Device> processor;
  int steps = 20;
  double guidance = 30;
  int text_tokens = 128;
  SizePolicy size;
  Precision precision = Precision::kStored;  // of the transformer
  std::uint64_t text_bytes = 0;              // of the larger text encoder with its graph
  std::uint64_t memory_budget = 0;           // of the device
  std::uint64_t vae_memory = 0;              // as VaeOptions::memory
};

// Errors as make_flux_engine.
Result<FluxSetup> set_up_flux(const EngineSetup& setup);

}  // namespace pawfect
