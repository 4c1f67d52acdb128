// The sizes of a FLUX autoencoder, read from its weights, and the table of the tensors that belong
// to it (BFL modules/autoencoder.py). The file carries no settings: the shapes are the only source.
// Pure functions.
#pragma once

#include <vector>

#include "base/error.h"
#include "weights/shape_check.h"
#include "weights/tensor_file.h"

namespace pawfect {

// Width of one half of the autoencoder, and how many residual blocks a level has.
struct VaeHalf {
  int entry = 0;            // channels behind conv_in
  std::vector<int> widths;  // channels of each level, the full resolution first
  int blocks = 0;           // a level
};

struct VaeSizes {
  int latent = 0;  // channels
  VaeHalf encoder, decoder;

  int levels() const { return int(encoder.widths.size()); }
  // Pixels along one side of a latent cell.
  int scale() const { return 1 << (levels() - 1); }
};

inline constexpr int kVaeImageChannels = 3;
inline constexpr int kVaeGroups = 32;  // of every group norm

// Reads the sizes and compares every tensor with the table below. Errors (kModelMissing): diffusers
// names, a file of another kind, widths that the group norms do not divide, missing, extra or
// misshapen tensors (the first five).
Result<VaeSizes> read_vae_sizes(const TensorFile& file);

// Every tensor of an autoencoder of these sizes, BFL names, shapes innermost first.
std::vector<ExpectedTensor> vae_tensors(const VaeSizes& sizes);

}  // namespace pawfect
