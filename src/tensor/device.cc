#include "tensor/device.h"

#include <fmt/format.h>
#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <utility>

namespace pawfect {
namespace {

constexpr std::array<std::pair<BackendKind, std::string_view>, 3> kNames = {
    {{BackendKind::kCpu, "cpu"}, {BackendKind::kCuda, "cuda"}, {BackendKind::kVulkan, "vulkan"}}};

// The first device of that backend ("CUDA0", "Vulkan0", "CPU"), null when there is none.
ggml_backend_dev_t find_device(BackendKind kind) {
  const std::string_view wanted = backend_name(kind);
  for (std::size_t k = 0; k < ggml_backend_dev_count(); ++k) {
    const ggml_backend_dev_t device = ggml_backend_dev_get(k);
    const std::string_view name = ggml_backend_dev_name(device);
    bool is_it = name.size() >= wanted.size();
    for (std::size_t c = 0; is_it && c < wanted.size(); ++c)
      is_it = std::tolower(static_cast<unsigned char>(name[c])) == wanted[c];
    if (is_it) return device;
  }
  return nullptr;
}

// What ggml has to say of each tensor it loads is for its own developers.
void log_problems(ggml_log_level level, const char* text, void* /*unused*/) {
  if (level == GGML_LOG_LEVEL_WARN || level == GGML_LOG_LEVEL_ERROR) std::fputs(text, stderr);
}

bool should_stop(void* stop) { return static_cast<const std::stop_token*>(stop)->stop_requested(); }

}  // namespace

std::string_view backend_name(BackendKind kind) {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return name;
  }
  return "";
}

Result<BackendKind> backend_by_name(std::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
  }
  return fail(ErrorCode::kUsage,
              fmt::format("--backend: '{}' is not known; give cpu, cuda or vulkan", name));
}

std::vector<BackendKind> backends_here() {
  std::vector<BackendKind> here;
  for (const BackendKind kind : {BackendKind::kCuda, BackendKind::kVulkan, BackendKind::kCpu}) {
    if (find_device(kind) != nullptr) here.push_back(kind);
  }
  return here;
}

void Device::Free::operator()(ggml_backend* backend) const { ggml_backend_free(backend); }

Result<Device> Device::open(BackendKind kind, int threads) {
  const ggml_backend_dev_t device = find_device(kind);
  if (device == nullptr) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("backend {}: this program was built without it, or there is no such "
                            "card here; `pawfect doctor` lists what there is",
                            backend_name(kind)));
  }
  ggml_log_set(log_problems, nullptr);
  // Products of F16 are added up in F32 and stay so: more exact than the default, and no slower,
  // since nothing has to be widened behind it. Read once, by the backend's first product.
  if (kind == BackendKind::kCuda) setenv("GGML_CUDA_FORCE_CUBLAS_COMPUTE_32F", "1", 0);
  ggml_backend_t backend = ggml_backend_dev_init(device, nullptr);
  if (backend == nullptr) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("backend {}: {} does not start; is its driver running and its memory "
                            "free?",
                            backend_name(kind), ggml_backend_dev_description(device)));
  }
  if (kind == BackendKind::kCpu) ggml_backend_cpu_set_n_threads(backend, threads);
  return Device(kind, backend);
}

Result<Device> Device::stand_in(BackendKind kind, int threads,
                                std::function<bool(const ggml_tensor*)> lacks) {
  Result<Device> device = open(BackendKind::kCpu, threads);
  if (!device) return device;
  device->kind_ = kind;
  device->lacks_ = std::move(lacks);
  return device;
}

std::string Device::description() const {
  return ggml_backend_dev_description(ggml_backend_get_device(backend_.get()));
}

DeviceMemory Device::memory() const {
  std::size_t free_bytes = 0, total_bytes = 0;
  ggml_backend_dev_memory(ggml_backend_get_device(backend_.get()), &free_bytes, &total_bytes);
  return {free_bytes, total_bytes};
}

bool Device::can_run(const ggml_tensor* node) const {
  return ggml_backend_supports_op(backend_.get(), node) && !(lacks_ && lacks_(node));
}

Result<void> Device::permit_processor(int threads) {
  if (kind_ == BackendKind::kCpu || helper_) return {};
  Result<Device> processor = open(BackendKind::kCpu, threads);
  if (!processor) return std::unexpected(processor.error());
  helper_ = std::move(processor->backend_);
  return {};
}

Result<void> Device::watched(const std::stop_token& stop,
                             const std::function<int()>& compute) const {
  constexpr const char* kCancelled = "cancelled while the model was running";
  if (stop.stop_requested()) return fail(ErrorCode::kCancelled, kCancelled);
  std::stop_token token = stop;
  ggml_backend_t processor = kind_ == BackendKind::kCpu ? backend_.get() : helper_.get();
  if (processor != nullptr) ggml_backend_cpu_set_abort_callback(processor, should_stop, &token);
  const auto status = ggml_status(compute());
  if (processor != nullptr) ggml_backend_cpu_set_abort_callback(processor, nullptr, nullptr);
  if (status == GGML_STATUS_ABORTED) return fail(ErrorCode::kCancelled, kCancelled);
  if (status != GGML_STATUS_SUCCESS) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("backend {}: the model could not be run: {}", backend_name(kind_),
                            ggml_status_to_string(status)));
  }
  return {};
}

Result<void> Device::run(ggml_cgraph* graph, const std::stop_token& stop) const {
  return watched(stop, [&] { return ggml_backend_graph_compute(backend_.get(), graph); });
}

Result<void> Device::run_divided(ggml_backend_sched* division, ggml_cgraph* graph,
                                 const std::stop_token& stop) const {
  return watched(stop, [&] { return ggml_backend_sched_graph_compute(division, graph); });
}

}  // namespace pawfect
