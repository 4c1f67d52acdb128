// CLIP's text encoder (transformers, modeling_clip.py): token ids to a row of numbers a token, and
// the one row that stands for the whole text. Owns its weights and its graph; the embeddings stay
// in the file. Not thread-safe; the file and the device must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "base/error.h"
#include "flux/clip_layout.h"
#include "flux/precision.h"
#include "tensor/device.h"
#include "tensor/graph.h"
#include "tensor/model_weights.h"
#include "weights/tensor_file.h"

namespace pawfect {

struct ClipResult {
  std::vector<float> hidden;  // ids x width, after the last norm
  std::vector<float> pooled;  // width: the row at the first of the largest ids, the text's end
};

class ClipEncoder {
 public:
  // Errors (kModelMissing): read_clip_layout, ModelWeights::load.
  static Result<ClipEncoder> load(const Device& device, const TensorFile& file,
                                  Precision precision = Precision::kStored);

  // The same without any weights, for memory_needed alone. Errors: read_clip_layout.
  static Result<ClipEncoder> outline(const Device& device, const TensorFile& file);

  // Bytes that a run over that many ids takes.
  std::uint64_t memory_needed(int length) const;

  std::uint64_t weight_bytes() const { return weights_.bytes(); }

  int width() const { return layout_.sizes.width; }
  int positions() const { return layout_.sizes.positions; }  // the most ids that it takes

  // Errors: kUsage for no ids or more than positions(); kModelMissing for an id that the embedding
  // lacks and for a result that is not finite; Graph::finish, Device::run.
  Result<ClipResult> encode(std::span<const std::int32_t> ids, const std::stop_token& stop = {});

 private:
  ClipEncoder(const Device& device, const TensorFile& file, ClipLayout layout, ModelWeights weights)
      : device_(&device), file_(&file), layout_(std::move(layout)), weights_(std::move(weights)) {}

  // A graph that has no memory yet.
  struct Built {
    std::unique_ptr<Graph> graph;
    ggml_tensor *rows, *result;
  };

  Built build(int length) const;
  Result<void> prepare(int length);
  Result<std::vector<float>> embedded(std::span<const std::int32_t> ids) const;

  const Device* device_;
  const TensorFile* file_;
  ClipLayout layout_;
  ModelWeights weights_;
  std::unique_ptr<Graph> graph_;
  int length_ = 0;
  ggml_tensor *rows_ = nullptr, *result_ = nullptr;
};

}  // namespace pawfect
