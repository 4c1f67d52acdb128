// The FLUX transformer: predicts, for a noise level, the velocity of every latent token (BFL
// model.py; docs/flux.md). Built for one picture size and text length at a time, run once a step.
// Owns its weights and its graph. Not thread-safe; the file and the device must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "flux/flux_sizes.h"
#include "flux/precision.h"
#include "tensor/device.h"
#include "tensor/graph.h"
#include "tensor/model_weights.h"

namespace pawfect {

class FluxTransformer {
 public:
  // Errors (kModelMissing): read_flux_sizes, ModelWeights::load.
  static Result<FluxTransformer> load(const Device& device, const TensorFile& file,
                                      Precision precision = Precision::kStored);

  // The same without any weights, for memory_needed alone; `kind` is the backend that is meant.
  // Errors: read_flux_sizes.
  static Result<FluxTransformer> outline(const Device& device, const TensorFile& file,
                                         BackendKind kind, Precision precision);

  const FluxSizes& sizes() const { return sizes_; }

  // Bytes that `prepare` takes for these sizes.
  std::uint64_t memory_needed(int rows, int columns, int text_length) const;

  // Builds the graph for rows x columns image tokens (16 pixels each way) and `text_length` rows of
  // text; does nothing when it stands already. Errors: Graph::finish.
  Result<void> prepare(int rows, int columns, int text_length);

  // Gives the graph's memory back, for the stage that follows.
  void release_graph() { graph_.reset(); }

  // t5: text_length x context, pooled: vector. Guidance as the user gives it (30). Kept for all
  // runs to come.
  void set_prompt(std::span<const float> t5, std::span<const float> pooled, float guidance);

  // One step: tokens are S x in_channels (packing.h, join_tokens), time is the noise level 0..1.
  // Gives S x out_channels. Errors: Device::run; kModelMissing when a number is not finite.
  Result<std::vector<float>> run(std::span<const float> tokens, float time,
                                 const std::stop_token& stop = {});

  // An inner value of the last run, by name: "vec", "img_in", "double0.img", "double0.txt",
  // "single0.img". Only when `keep_inner` was called before `prepare`; for checks.
  void keep_inner() { keeps_inner_ = true; }
  Result<std::vector<float>> inner(std::string_view name) const;

  std::uint64_t weight_bytes() const { return weights_.bytes(); }
  std::uint64_t graph_bytes() const { return graph_ ? graph_->memory_bytes() : 0; }
  std::vector<Placement> placement() const;

 private:
  struct Inputs {
    ggml_tensor *tokens, *text, *pooled, *time, *guidance, *row, *column, *row_factors,
        *column_factors;
  };
  // A graph that has no memory yet.
  struct Built {
    std::unique_ptr<Graph> graph;
    Inputs inputs;
    ggml_tensor* velocity;
  };

  FluxTransformer(const Device& device, BackendKind kind, FluxSizes sizes, ModelWeights weights,
                  Precision precision)
      : device_(&device),
        kind_(kind),
        sizes_(sizes),
        weights_(std::move(weights)),
        precision_(precision) {}

  Built build(int rows, int columns, int text_length) const;

  const Device* device_;
  BackendKind kind_;
  FluxSizes sizes_;
  ModelWeights weights_;
  Precision precision_;
  std::unique_ptr<Graph> graph_;
  int rows_ = 0, columns_ = 0, text_length_ = 0;
  bool keeps_inner_ = false;
  Inputs inputs_ = {};
  ggml_tensor* velocity_ = nullptr;
  std::vector<float> t5_, pooled_;
  float guidance_ = 0;
};

}  // namespace pawfect
