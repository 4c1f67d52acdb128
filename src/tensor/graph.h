// Graph: one computation on one device, built once for a shape and run as often as wished. Owns its
// description and the memory of everything in between; the weights stay where they are. Not
// thread-safe; movable, not copyable. The device and the weights must outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "tensor/device.h"

struct ggml_context;
struct ggml_gallocr;
struct ggml_backend_sched;

namespace pawfect {

// How many operations of a kind ("MUL_MAT") run on a backend.
struct Placement {
  std::string kind;
  BackendKind backend = BackendKind::kCpu;
  int count = 0;
};

// "211 MUL_MAT on cpu".
std::string placement_text(const Placement& placement);

class Graph {
 public:
  // For at most `max_nodes` operations.
  Graph(const Device& device, std::size_t max_nodes);

  // In which the operations are made (ggml_mul_mat(graph.context(), ...)).
  ggml_context* context() const { return context_.get(); }

  // A tensor that `set` writes before a run. Extents innermost first. `type` is a ggml_type.
  ggml_tensor* input(const char* name, int type, std::initializer_list<std::int64_t> extents);

  // Marks a result that `get` may read after a run.
  void output(const char* name, ggml_tensor* tensor);

  // Takes memory for all that lies between; called once, after every input and output. Errors
  // (kModelMissing): an operation that the device has no kernel for (named, never moved to the
  // processor unless Device::permit_processor was called), not enough memory.
  Result<void> finish();

  // What `finish` would take, without taking it; called instead of `finish`, on a graph that is
  // then thrown away. What a helping processor would take is not in it.
  std::uint64_t measure() const;

  // Bytes for what lies between, inputs and outputs included, on the device and its helper.
  std::uint64_t memory_bytes() const;

  // On which backend every kind of operation runs, by kind; views cost nothing and are left out.
  std::vector<Placement> placement() const;

  void set(ggml_tensor* input, std::span<const float> values) const;
  void set(ggml_tensor* input, std::span<const std::int32_t> values) const;
  void set_bytes(ggml_tensor* input, std::span<const std::byte> bytes) const;
  std::vector<float> get(const ggml_tensor* output) const;  // F32 outputs only

  Result<void> run(const std::stop_token& stop = {}) const;

 private:
  struct Free {
    void operator()(ggml_context* context) const;
    void operator()(ggml_gallocr* allocator) const;
    void operator()(ggml_backend_sched* division) const;
  };

  Result<void> divide();
  Error no_memory() const;

  const Device* device_;
  std::unique_ptr<ggml_context, Free> context_;
  // One of the two, from `finish` on: all on the device, or divided among it and its helper.
  std::unique_ptr<ggml_gallocr, Free> allocator_;
  std::unique_ptr<ggml_backend_sched, Free> division_;
  ggml_cgraph* graph_ = nullptr;  // lives in the context
};

}  // namespace pawfect
