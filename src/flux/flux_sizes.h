// The sizes of a FLUX transformer, read from its weights, and the table of the tensors that belong
// to it. GGUF files carry no hyper-parameters: the shapes are the only source. Pure functions.
#pragma once

#include <vector>

#include "base/error.h"
#include "weights/shape_check.h"
#include "weights/tensor_file.h"

namespace pawfect {

struct FluxSizes {
  int hidden = 0;
  int heads = 0;
  int head_dim = 0;
  int double_blocks = 0;
  int single_blocks = 0;
  int in_channels = 0;   // of a token: noisy latent, masked image's latent, mask
  int out_channels = 0;  // of a token: velocity of the latent
  int context = 0;       // width of the text encoder's rows
  int vector = 0;        // width of the pooled text
  int mlp = 0;
  bool has_guidance = false;
};

// Channels of the sinusoidal embedding of time and guidance.
inline constexpr int kWaveChannels = 256;
// How the channels of a head are divided among the three position axes (BFL util.py).
inline constexpr int kRopeAxes[3] = {16, 56, 56};

// Reads the sizes and compares every tensor with the table below. Errors (kModelMissing): diffusers
// names, a plain FLUX.1-dev (64 input channels), a model of another kind, missing, extra or
// misshapen tensors (the first five).
Result<FluxSizes> read_flux_sizes(const TensorFile& file);

// Every tensor of a FLUX transformer of these sizes, BFL names, shapes innermost first.
std::vector<ExpectedTensor> flux_tensors(const FluxSizes& sizes);

}  // namespace pawfect
