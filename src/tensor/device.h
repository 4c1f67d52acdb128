// Device: one place that graphs run on, a backend of ggml: the processor, or a graphics card that
// this program was built for. Owns the backend; movable, not copyable. One graph at a time; the
// memory figures may be asked for from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

struct ggml_backend;
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

  BackendKind kind() const { return kind_; }
  std::string description() const;  // the processor's or the card's own name
  DeviceMemory memory() const;

  // Whether the backend has a kernel for this node: what it has not would have to run elsewhere.
  bool can_run(const ggml_tensor* node) const;

  // Runs a graph whose tensors are allocated. Looks at `stop` between nodes on the processor,
  // before the graph on a card. Errors: kCancelled; kModelMissing when the device gives up (out of
  // memory, lost), with its reason.
  Result<void> run(ggml_cgraph* graph, const std::stop_token& stop) const;

  ggml_backend* backend() const { return backend_.get(); }

 private:
  struct Free {
    void operator()(ggml_backend* backend) const;
  };

  Device(BackendKind kind, ggml_backend* backend) : kind_(kind), backend_(backend) {}

  BackendKind kind_;
  std::unique_ptr<ggml_backend, Free> backend_;
};

}  // namespace pawfect
