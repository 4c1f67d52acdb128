// The two halves of the FLUX autoencoder put together from their layers (BFL
// modules/autoencoder.py, Encoder and Decoder). Activations are [width, height, channels],
// innermost first. Used while one graph is built.
#pragma once

#include <ggml.h>

#include "flux/vae_layers.h"
#include "flux/vae_sizes.h"

namespace pawfect {

// [width, height, 3] -> [width / scale, height / scale, 2 x latent]: means, then log variances.
ggml_tensor* build_encoder(const VaeLayers& layers, const VaeSizes& sizes, ggml_tensor* picture);

// [width / scale, height / scale, latent] -> [width, height, 3], in the two steps between which the
// checks look.
ggml_tensor* build_decoder_middle(const VaeLayers& layers, ggml_tensor* latent);
ggml_tensor* build_decoder_rest(const VaeLayers& layers, const VaeSizes& sizes, ggml_tensor* x);

}  // namespace pawfect
