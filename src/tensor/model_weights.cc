#include "tensor/model_weights.h"

#include <fmt/format.h>
#include <ggml-alloc.h>
#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>
#include <thread>

#include "tensor/packed_weights.h"
#include "tensor/tensor_types.h"

namespace pawfect {
namespace {

constexpr std::size_t kMappedAlignment = 32;  // what the processor's kernels ask of a tensor

bool is_vector(const TensorInfo& tensor) {
  return std::count_if(tensor.shape.begin(), tensor.shape.end(),
                       [](std::int64_t extent) { return extent > 1; }) <= 1;
}

std::unexpected<Error> damaged(const TensorFile& file) {
  return fail(ErrorCode::kModelMissing,
              fmt::format("{}: the file was cut or could not be read while it was loaded; fetch it "
                          "again and leave it alone while it is in use",
                          file.path().string()));
}

// `count` values from `from` as floats. The bytes may stand at any address.
void widen(ggml_type stored, const std::byte* from, std::int64_t count, float* to) {
  if (stored == GGML_TYPE_F32) {
    std::memcpy(to, from, std::size_t(count) * sizeof(float));
    return;
  }
  std::vector<std::byte> aligned(from, from + ggml_row_size(stored, count));
  ggml_get_type_traits(stored)->to_float(aligned.data(), to, count);
}

// What a tensor of the file is kept as: vectors always in F32.
ggml_type kept_type(const TensorInfo& info, ggml_type stored, const LoadOptions& options) {
  if (is_vector(info)) return GGML_TYPE_F32;
  const std::optional<TensorType> asked =
      options.converts ? options.converts(info.name) : std::nullopt;
  return (asked ? ggml_type_of(*asked) : std::nullopt).value_or(stored);
}

// The tensor's numbers as F32 or F16, rows shared among the processors.
std::vector<std::byte> convert(const TensorInfo& info, std::span<const std::byte> data,
                               ggml_type stored, ggml_type to) {
  const std::int64_t width = info.shape.empty() ? 1 : info.shape[0];
  const std::int64_t rows =
      element_count(info.shape).value_or(1) / std::max<std::int64_t>(1, width);
  const std::size_t from_row = ggml_row_size(stored, width);
  const std::size_t to_row = ggml_row_size(to, width);
  std::vector<std::byte> out(to_row * std::size_t(rows));
  const auto work = [&](std::int64_t first, std::int64_t last) {
    std::vector<float> wide(static_cast<std::size_t>(width));
    for (std::int64_t row = first; row < last; ++row) {
      widen(stored, data.data() + std::size_t(row) * from_row, width, wide.data());
      std::byte* place = out.data() + std::size_t(row) * to_row;
      if (to == GGML_TYPE_F16) {
        ggml_cpu_fp32_to_fp16(wide.data(), reinterpret_cast<ggml_fp16_t*>(place), width);
      } else {
        std::memcpy(place, wide.data(), to_row);
      }
    }
  };
  constexpr std::int64_t kLeast = 1 << 18;  // numbers that are worth a thread
  const std::int64_t threads = std::clamp<std::int64_t>(
      rows * width / kLeast, 1, std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::jthread> helpers;
  for (std::int64_t t = 1; t < threads; ++t)
    helpers.emplace_back(work, rows * t / threads, rows * (t + 1) / threads);
  work(0, rows / threads);
  return out;
}

struct Plan {
  const TensorInfo* info;
  ggml_type stored;
  ggml_tensor* tensor;
  bool is_mapped;
  ggml_backend_buffer_type_t packed;  // null: as it is in the file
};

// Gives the tensors that are to be packed that way a buffer; null when there is no memory.
ggml_backend_buffer_t allocate_packed(ggml_backend_buffer_type_t type,
                                      std::span<const Plan> plans) {
  const std::size_t alignment = ggml_backend_buft_get_alignment(type);
  std::size_t bytes = 0;
  for (const Plan& plan : plans) {
    if (plan.packed == type)
      bytes += GGML_PAD(ggml_backend_buft_get_alloc_size(type, plan.tensor), alignment);
  }
  const ggml_backend_buffer_t buffer = ggml_backend_buft_alloc_buffer(type, bytes);
  if (buffer == nullptr) return nullptr;
  ggml_backend_buffer_set_usage(buffer, GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
  ggml_tallocr places = ggml_tallocr_new(buffer);
  for (const Plan& plan : plans) {
    if (plan.packed == type) ggml_tallocr_alloc(&places, plan.tensor);
  }
  return buffer;
}

}  // namespace

void ModelWeights::Free::operator()(ggml_context* context) const { ggml_free(context); }
void ModelWeights::Free::operator()(ggml_backend_buffer* buffer) const {
  ggml_backend_buffer_free(buffer);
}

ggml_tensor* ModelWeights::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::uint64_t ModelWeights::copied_bytes() const {
  std::uint64_t bytes = copied_ ? ggml_backend_buffer_get_size(copied_.get()) : 0;
  for (const auto& buffer : packed_) bytes += ggml_backend_buffer_get_size(buffer.get());
  return bytes;
}

std::uint64_t ModelWeights::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [name, tensor] : by_name_) sum += ggml_nbytes(tensor);
  return sum;
}

Result<ModelWeights> ModelWeights::load(const Device& device, const TensorFile& file,
                                        const LoadOptions& options) {
  ModelWeights weights;
  const ggml_init_params parameters = {
      .mem_size = ggml_tensor_overhead() * (file.tensors().size() + 1),
      .mem_buffer = nullptr,
      .no_alloc = true};
  weights.context_.reset(ggml_init(parameters));
  if (!weights.context_) return fail(ErrorCode::kBug, "no memory for the list of tensors");

  const bool may_map = device.kind() == BackendKind::kCpu && file.format() == WeightFormat::kGguf;
  std::byte* lowest = nullptr;
  std::byte* highest = nullptr;
  std::vector<Plan> plans;
  for (const TensorInfo& info : file.tensors()) {
    if (options.wants && !options.wants(info.name)) continue;
    const std::optional<ggml_type> type = ggml_type_of(info.type);
    if (!type || info.shape.size() > GGML_MAX_DIMS) {
      return fail(
          ErrorCode::kModelMissing,
          fmt::format("{}: tensor '{}' of type {} and {} dimensions cannot be computed with",
                      file.path().string(), info.name, type_name(info.type), info.shape.size()));
    }
    const ggml_type kept = kept_type(info, *type, options);
    const bool is_converted = kept != *type;
    const std::vector<std::int64_t> shape =
        info.shape.empty() ? std::vector<std::int64_t>{1} : info.shape;  // a lone number
    ggml_tensor* tensor =
        ggml_new_tensor(weights.context_.get(), kept, int(shape.size()), shape.data());
    ggml_set_name(tensor, info.name.c_str());
    const ggml_backend_buffer_type_t packed =
        options.packs && !is_converted ? packed_buffer_type(device, tensor) : nullptr;
    std::byte* data = const_cast<std::byte*>(file.data(info).data());  // ggml never writes to it
    const bool is_mapped = may_map && !is_converted && packed == nullptr &&
                           reinterpret_cast<std::uintptr_t>(data) % kMappedAlignment == 0;
    if (is_mapped) {
      lowest = lowest == nullptr ? data : std::min(lowest, data);
      highest = std::max(highest, data + info.bytes);
      weights.mapped_bytes_ += info.bytes;
    }
    plans.push_back({&info, *type, tensor, is_mapped, packed});
    weights.by_name_.emplace(info.name, tensor);
  }
  if (options.is_outline) {
    // Whoever measures a graph leaves out what has a place.
    static std::byte somewhere;
    for (const Plan& plan : plans) plan.tensor->data = &somewhere;
    return weights;
  }

  if (lowest != nullptr) {
    weights.mapped_.reset(ggml_backend_cpu_buffer_from_ptr(lowest, std::size_t(highest - lowest)));
    ggml_backend_buffer_set_usage(weights.mapped_.get(), GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
    for (const Plan& plan : plans) {
      if (!plan.is_mapped) continue;
      std::byte* data = const_cast<std::byte*>(file.data(*plan.info).data());
      ggml_backend_tensor_alloc(weights.mapped_.get(), plan.tensor, data);
    }
  }
  const auto no_memory = [&] {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: not enough memory on the {} backend for these weights; take a "
                            "smaller variant",
                            file.path().string(), backend_name(device.kind())));
  };
  for (const Plan& plan : plans) {
    if (plan.packed == nullptr || plan.tensor->buffer != nullptr) continue;
    weights.packed_.emplace_back(allocate_packed(plan.packed, plans));
    if (!weights.packed_.back()) return no_memory();
  }
  // Takes only the tensors that have no place yet.
  const bool has_copies = std::any_of(
      plans.begin(), plans.end(), [](const Plan& plan) { return plan.tensor->buffer == nullptr; });
  if (has_copies) {
    weights.copied_.reset(ggml_backend_alloc_ctx_tensors(weights.context_.get(), device.backend()));
    if (!weights.copied_) return no_memory();
    ggml_backend_buffer_set_usage(weights.copied_.get(), GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
  }
  for (const Plan& plan : plans) {
    if (plan.is_mapped) continue;
    const std::span<const std::byte> data = file.data(*plan.info);
    if (plan.tensor->type == plan.stored) {
      ggml_backend_tensor_set(plan.tensor, data.data(), 0, data.size());
      // Or the file would be in memory a second time.
      file.advise(*plan.info, Advice::kDontNeed);
      continue;
    }
    const std::vector<std::byte> converted =
        convert(*plan.info, data, plan.stored, plan.tensor->type);
    ggml_backend_tensor_set(plan.tensor, converted.data(), 0, converted.size());
    file.advise(*plan.info, Advice::kDontNeed);
  }
  if (file.is_damaged()) return damaged(file);
  return weights;
}

Result<std::vector<float>> read_rows(const TensorFile& file, const TensorInfo& tensor,
                                     std::span<const std::int32_t> ids) {
  const std::optional<ggml_type> type = ggml_type_of(tensor.type);
  const std::int64_t width = tensor.shape.empty() ? 1 : tensor.shape[0];
  const std::int64_t rows =
      std::accumulate(tensor.shape.begin() + !tensor.shape.empty(), tensor.shape.end(),
                      std::int64_t{1}, std::multiplies<>());
  if (!type || (*type != GGML_TYPE_F32 && ggml_get_type_traits(*type)->to_float == nullptr)) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: tensor '{}' of type {} cannot be read as numbers",
                            file.path().string(), tensor.name, type_name(tensor.type)));
  }
  const std::span<const std::byte> data = file.data(tensor);
  const std::size_t row_bytes = ggml_row_size(*type, width);
  std::vector<float> out(ids.size() * std::size_t(width));
  for (std::size_t k = 0; k < ids.size(); ++k) {
    if (ids[k] < 0 || ids[k] >= rows) {
      return fail(ErrorCode::kModelMissing,
                  fmt::format("{}: tensor '{}' has {} rows, the tokenizer asks for row {}; they do "
                              "not belong together",
                              file.path().string(), tensor.name, rows, ids[k]));
    }
    widen(*type, data.data() + std::size_t(ids[k]) * row_bytes, width,
          out.data() + k * std::size_t(width));
  }
  if (file.is_damaged()) return damaged(file);
  return out;
}

Result<std::vector<float>> read_floats(const TensorFile& file, const TensorInfo& tensor) {
  std::int64_t rows = 1;
  for (std::size_t d = 1; d < tensor.shape.size(); ++d) rows *= tensor.shape[d];
  std::vector<std::int32_t> all(static_cast<std::size_t>(rows));
  std::iota(all.begin(), all.end(), 0);
  return read_rows(file, tensor, all);
}

}  // namespace pawfect
