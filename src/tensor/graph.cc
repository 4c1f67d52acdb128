#include "tensor/graph.h"

#include <fmt/format.h>
#include <ggml-alloc.h>
#include <ggml-backend.h>
#include <ggml.h>

#include <algorithm>
#include <array>
#include <map>

namespace pawfect {
namespace {

// Nodes that only look at another one's memory.
bool is_view(const ggml_tensor* node) {
  return node->op == GGML_OP_VIEW || node->op == GGML_OP_RESHAPE || node->op == GGML_OP_PERMUTE ||
         node->op == GGML_OP_TRANSPOSE || node->op == GGML_OP_NONE;
}

// The processor's memory under another name. The scheduler joins backends whose memory is of one
// type, and a device that stands in for a card has the processor's.
ggml_backend_buffer_type_t helper_memory() {
  alignas(64) static char place[64];
  ggml_backend_buffer_t buffer = ggml_backend_cpu_buffer_from_ptr(place, sizeof place);
  ggml_backend_buffer_type_t type = ggml_backend_buffer_get_type(buffer);
  ggml_backend_buffer_free(buffer);
  return type;
}

}  // namespace

std::string placement_text(const Placement& placement) {
  return fmt::format("{} {} on {}", placement.count, placement.kind,
                     backend_name(placement.backend));
}

void Graph::Free::operator()(ggml_context* context) const { ggml_free(context); }
void Graph::Free::operator()(ggml_gallocr* allocator) const { ggml_gallocr_free(allocator); }
void Graph::Free::operator()(ggml_backend_sched* division) const {
  ggml_backend_sched_free(division);
}

Graph::Graph(const Device& device, std::size_t max_nodes) : device_(&device) {
  const ggml_init_params parameters = {// A node may bring inputs and views with it.
                                       .mem_size = ggml_tensor_overhead() * max_nodes * 2 +
                                                   ggml_graph_overhead_custom(max_nodes, false),
                                       .mem_buffer = nullptr,
                                       .no_alloc = true};
  context_.reset(ggml_init(parameters));
  graph_ = ggml_new_graph_custom(context_.get(), max_nodes, false);
}

ggml_tensor* Graph::input(const char* name, int type, std::initializer_list<std::int64_t> extents) {
  ggml_tensor* tensor =
      ggml_new_tensor(context_.get(), ggml_type(type), int(extents.size()), extents.begin());
  ggml_set_name(tensor, name);
  ggml_set_input(tensor);
  return tensor;
}

void Graph::output(const char* name, ggml_tensor* tensor) {
  ggml_set_name(tensor, name);
  ggml_set_output(tensor);
  ggml_build_forward_expand(graph_, tensor);
}

Result<void> Graph::finish() {
  for (int k = 0; k < ggml_graph_n_nodes(graph_); ++k) {
    const ggml_tensor* node = ggml_graph_node(graph_, k);
    if (device_->can_run(node)) continue;
    if (device_->helper() != nullptr) return divide();
    return fail(
        ErrorCode::kModelMissing,
        fmt::format("backend {}: it has no kernel for {} of {} ('{}'); take another variant "
                    "or another backend",
                    backend_name(device_->kind()), ggml_op_desc(node),
                    ggml_type_name(node->src[0] ? node->src[0]->type : node->type),
                    ggml_get_name(node)));
  }
  allocator_.reset(ggml_gallocr_new(ggml_backend_get_default_buffer_type(device_->backend())));
  if (!allocator_ || !ggml_gallocr_alloc_graph(allocator_.get(), graph_))
    return std::unexpected(no_memory());
  return {};
}

// Every node goes where it can run, the device first; ggml's scheduler moves what lies between.
Result<void> Graph::divide() {
  ggml_backend_t backends[] = {device_->backend(), device_->helper()};
  ggml_backend_buffer_type_t memory[] = {ggml_backend_get_default_buffer_type(device_->backend()),
                                         helper_memory()};
  division_.reset(ggml_backend_sched_new(backends, memory, 2,
                                         2 * std::size_t(ggml_graph_size(graph_)), false, false));
  if (!division_) return std::unexpected(no_memory());
  for (int k = 0; k < ggml_graph_n_nodes(graph_); ++k) {
    ggml_tensor* node = ggml_graph_node(graph_, k);
    if (is_view(node)) continue;
    ggml_backend_sched_set_tensor_backend(division_.get(), node,
                                          backends[device_->can_run(node) ? 0 : 1]);
  }
  if (!ggml_backend_sched_alloc_graph(division_.get(), graph_)) {
    division_.reset();
    return std::unexpected(no_memory());
  }
  return {};
}

Error Graph::no_memory() const {
  return {ErrorCode::kModelMissing,
          fmt::format("backend {}: not enough memory to run the model at this size; take a "
                      "smaller working size or variant",
                      backend_name(device_->kind()))};
}

std::uint64_t Graph::measure() const {
  const std::unique_ptr<ggml_gallocr, Free> allocator(
      ggml_gallocr_new(ggml_backend_get_default_buffer_type(device_->backend())));
  std::size_t bytes = 0;
  ggml_gallocr_reserve_n_size(allocator.get(), graph_, nullptr, nullptr, &bytes);
  return bytes;
}

std::uint64_t Graph::memory_bytes() const {
  if (division_) {
    return ggml_backend_sched_get_buffer_size(division_.get(), device_->backend()) +
           ggml_backend_sched_get_buffer_size(division_.get(), device_->helper());
  }
  return allocator_ ? ggml_gallocr_get_buffer_size(allocator_.get(), 0) : 0;
}

std::vector<Placement> Graph::placement() const {
  std::map<std::pair<std::string, BackendKind>, int> counts;
  for (int k = 0; k < ggml_graph_n_nodes(graph_); ++k) {
    ggml_tensor* node = ggml_graph_node(graph_, k);
    if (is_view(node)) continue;
    const bool is_helped = division_ && ggml_backend_sched_get_tensor_backend(
                                            division_.get(), node) == device_->helper();
    ++counts[{ggml_op_desc(node), is_helped ? BackendKind::kCpu : device_->kind()}];
  }
  std::vector<Placement> placements;
  placements.reserve(counts.size());
  for (const auto& [place, count] : counts)
    placements.push_back({place.first, place.second, count});
  return placements;
}

void Graph::set(ggml_tensor* input, std::span<const float> values) const {
  set_bytes(input, std::as_bytes(values));
}

void Graph::set(ggml_tensor* input, std::span<const std::int32_t> values) const {
  set_bytes(input, std::as_bytes(values));
}

void Graph::set_bytes(ggml_tensor* input, std::span<const std::byte> bytes) const {
  GGML_ASSERT(bytes.size() == ggml_nbytes(input));
  ggml_backend_tensor_set(input, bytes.data(), 0, bytes.size());
}

std::vector<float> Graph::get(const ggml_tensor* output) const {
  GGML_ASSERT(output->type == GGML_TYPE_F32 && ggml_is_contiguous(output));
  std::vector<float> values(static_cast<std::size_t>(ggml_nelements(output)));
  ggml_backend_tensor_get(output, values.data(), 0, values.size() * sizeof(float));
  return values;
}

Result<void> Graph::run(const std::stop_token& stop) const {
  if (division_) return device_->run_divided(division_.get(), graph_, stop);
  return device_->run(graph_, stop);
}

}  // namespace pawfect
