// The encoder of T5 v1.1 (transformers, modeling_t5.py): token ids to one row of numbers a token.
// Every id is attended to, padding too, as FLUX.1's reference does. Owns its weights and its graph;
// the embedding stays in the file, and its rows are looked up there. Not thread-safe; the file and
// the device must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "flux/precision.h"
#include "flux/t5_layout.h"
#include "tensor/device.h"
#include "tensor/graph.h"
#include "tensor/model_weights.h"
#include "weights/tensor_file.h"

namespace pawfect {

class T5Encoder {
 public:
  // Errors (kModelMissing): read_t5_layout, ModelWeights::load.
  static Result<T5Encoder> load(const Device& device, const TensorFile& file,
                                Precision precision = Precision::kStored);

  // The same without any weights, for memory_needed alone. Errors: read_t5_layout.
  static Result<T5Encoder> outline(const Device& device, const TensorFile& file);

  // Bytes that a run over that many ids takes.
  std::uint64_t memory_needed(int length) const;

  int width() const { return layout_.sizes.width; }

  // ids.size() x width. The graph is built for the number of ids and kept. Errors: kUsage for no
  // ids or more than 4096; kModelMissing for an id that the embedding lacks and for a result that
  // is not finite; Graph::finish, Device::run.
  Result<std::vector<float>> encode(std::span<const std::int32_t> ids,
                                    const std::stop_token& stop = {});

  // The rows after a layer of the last run, "block0" and so on, for checks: only when
  // `keep_inner` was called before `encode`.
  void keep_inner() { keeps_inner_ = true; }
  Result<std::vector<float>> inner(std::string_view name) const;

  std::uint64_t weight_bytes() const { return weights_.bytes(); }
  std::uint64_t graph_bytes() const { return graph_ ? graph_->memory_bytes() : 0; }

 private:
  T5Encoder(const Device& device, const TensorFile& file, T5Layout layout, ModelWeights weights,
            std::vector<float> bias_table)
      : device_(&device),
        file_(&file),
        layout_(std::move(layout)),
        weights_(std::move(weights)),
        bias_table_(std::move(bias_table)) {}

  // A graph that has no memory yet.
  struct Built {
    std::unique_ptr<Graph> graph;
    ggml_tensor *rows, *bias, *result;
  };

  Built build(int length) const;
  Result<void> prepare(int length);

  const Device* device_;
  const TensorFile* file_;
  T5Layout layout_;
  ModelWeights weights_;
  std::vector<float> bias_table_;  // [head, bucket]
  std::unique_ptr<Graph> graph_;
  int length_ = 0;
  bool keeps_inner_ = false;
  ggml_tensor *rows_ = nullptr, *bias_ = nullptr, *result_ = nullptr;
};

}  // namespace pawfect
