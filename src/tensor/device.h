// Device: one place that graphs run on, a backend of ggml: the processor, or a graphics card that
// this program was built for. What a card has no kernel for is refused, unless the processor was
// permitted to help. Owns the backends; movable, not copyable. One graph at a time; the memory
// figures may be asked for from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

struct ggml_backend;
struct ggml_backend_sched;
struct ggml_tensor;
struct ggml_cgraph;

namespace pawfect {

enum class BackendKind : std::uint8_t { kCpu, kCuda, kVulkan };

// "cpu", "cuda", "vulkan".
std::string_view backend_name(BackendKind kind);

// Error (kUsage): a name that is none of the three.
Result<BackendKind> backend_by_name(std::string_view name);

// The kinds that this program was built with and that have a device here, best first.
std::vector<BackendKind> backends_here();

struct DeviceMemory {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

class Device {
 public:
  // `threads` of the processor; a card takes no notice of it. Errors (kModelMissing): this program
  // was built without that backend, or there is no such card here.
  static Result<Device> open(BackendKind kind, int threads);

  // For tests on machines without a card: a processor that passes for one and has no kernel for
  // the nodes of which `lacks` says so.
  static Result<Device> stand_in(BackendKind kind, int threads,
                                 std::function<bool(const ggml_tensor*)> lacks);

  BackendKind kind() const { return kind_; }
  std::string description() const;  // the processor's or the card's own name
  DeviceMemory memory() const;

  // Whether the backend has a kernel for this node: what it has not would have to run elsewhere.
  bool can_run(const ggml_tensor* node) const;

  // From now on graphs may have nodes that this card has no kernel for: they run on the processor,
  // and Graph::placement names them. Changes nothing when this is the processor. Errors
  // (kModelMissing): the processor's backend does not start.
  Result<void> permit_processor(int threads);

  // The processor that helps; null when it was not permitted, and when this is the processor.
  ggml_backend* helper() const { return helper_.get(); }

  // Runs a graph whose tensors are allocated. Looks at `stop` between nodes on the processor,
  // before the graph on a card. Errors: kCancelled; kModelMissing when the device gives up (out of
  // memory, lost), with its reason.
  Result<void> run(ggml_cgraph* graph, const std::stop_token& stop) const;

  // The same for a graph that was divided among this device and its helper.
  Result<void> run_divided(ggml_backend_sched* division, ggml_cgraph* graph,
                           const std::stop_token& stop) const;

  ggml_backend* backend() const { return backend_.get(); }

 private:
  struct Free {
    void operator()(ggml_backend* backend) const;
  };

  Device(BackendKind kind, ggml_backend* backend) : kind_(kind), backend_(backend) {}

  // Around a run: whether it may start, and what its end means.
  Result<void> watched(const std::stop_token& stop, const std::function<int()>& compute) const;

  BackendKind kind_;
  std::unique_ptr<ggml_backend, Free> backend_, helper_;
  std::function<bool(const ggml_tensor*)> lacks_;  // empty: only what the backend says
};

}  // namespace pawfect
