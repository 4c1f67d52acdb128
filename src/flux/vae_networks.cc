#include "flux/vae_networks.h"

#include <fmt/format.h>

#include <string>

namespace pawfect {

ggml_tensor* build_encoder(const VaeLayers& layers, const VaeSizes& sizes, ggml_tensor* picture) {
  ggml_tensor* x = layers.conv("encoder.conv_in", picture);
  for (int level = 0; level < sizes.levels(); ++level) {
    const std::string name = fmt::format("encoder.down.{}", level);
    for (int b = 0; b < sizes.encoder.blocks; ++b)
      x = layers.residual_block(fmt::format("{}.block.{}", name, b), x);
    if (level + 1 < sizes.levels()) x = layers.downsample(name + ".downsample", x);
  }
  x = layers.middle("encoder.mid", x);
  return layers.conv("encoder.conv_out", layers.norm_silu("encoder.norm_out", x));
}

ggml_tensor* build_decoder_middle(const VaeLayers& layers, ggml_tensor* latent) {
  return layers.middle("decoder.mid", layers.conv("decoder.conv_in", latent));
}

// The levels are numbered as in the encoder: the last one is the coarsest and comes first.
ggml_tensor* build_decoder_rest(const VaeLayers& layers, const VaeSizes& sizes, ggml_tensor* x) {
  for (int level = sizes.levels() - 1; level >= 0; --level) {
    const std::string name = fmt::format("decoder.up.{}", level);
    for (int b = 0; b < sizes.decoder.blocks; ++b)
      x = layers.residual_block(fmt::format("{}.block.{}", name, b), x);
    if (level > 0) x = layers.upsample(name + ".upsample", x);
  }
  return layers.conv("decoder.conv_out", layers.norm_silu("decoder.norm_out", x));
}

}  // namespace pawfect
