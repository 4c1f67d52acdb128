// One step of the transformer, to see what it does here before anybody waits for it: whether its
// numbers are finite and on which backend every operation runs. `pawfect doctor`, `pawfect models
// verify` and whoever starts to work with a card use it. The step is smaller than a job's: the
// kernels are the same.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "flux/transformer.h"
#include "tensor/device.h"
#include "tensor/graph.h"

namespace pawfect {

// A full-size model takes such a step in about a minute on two processors.
inline constexpr int kCheckSide = 256;       // pixels
inline constexpr int kCheckTextLength = 64;  // tokens

struct StepReport {
  std::vector<Placement> placement;
  double seconds = 0;  // of the run alone
  std::uint64_t weight_bytes = 0, graph_bytes = 0;
};

// Runs one step with made-up text and picture, and gives the graph's memory back. Errors:
// FluxTransformer::prepare (an operation that the device has no kernel for, unless
// Device::permit_processor was called) and run (a number that is not finite).
Result<StepReport> run_one_step(FluxTransformer& transformer, const std::stop_token& stop = {});

// The operations that do not run on `asked`.
std::vector<Placement> placed_elsewhere(const StepReport& report, BackendKind asked);

// Error (kModelMissing): a card was asked for and some of the step ran on the processor, by kind.
Result<void> check_placement(const StepReport& report, BackendKind asked);

}  // namespace pawfect
