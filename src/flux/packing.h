// FLUX's token layout: 2x2 patches of the latent, tokens row by row, channel = c x 4 + dy x 2 + dx
// (BFL sampling.py prepare, prepare_fill). Latents are planar floats, 16 channels at an eighth of
// the picture's size. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pawfect {

inline constexpr int kLatentChannels = 16;
inline constexpr int kPixelsPerLatent = 8;
inline constexpr int kPixelsPerToken = 16;
inline constexpr int kTokenLatent = kLatentChannels * 4;              // 64
inline constexpr int kTokenMask = kPixelsPerToken * kPixelsPerToken;  // 256
inline constexpr float kLatentShift = 0.1159f, kLatentScale = 0.3611f;

// (mean - shift) x scale, and back.
std::vector<float> scale_latent(std::span<const float> unscaled);
std::vector<float> unscale_latent(std::span<const float> scaled);

// `channels` planes of width x height (both even) to (height / 2) x (width / 2) tokens of 4 x
// channels.
std::vector<float> pack(std::span<const float> planes, int channels, int width, int height);
// Back again.
std::vector<float> unpack(std::span<const float> tokens, int channels, int width, int height);

// A hard mask (0 keep, anything else fill), width x height pixels, multiples of 16, to tokens of
// 256: every 8x8 block of pixels becomes 64 channels of one latent place, channel = (y % 8) x 8 + x
// % 8, then packed like a latent. Nothing is resized.
std::vector<float> pack_mask(std::span<const std::uint8_t> mask, int width, int height);

// The model's input tokens: for each token, latent | masked image's latent | mask.
std::vector<float> join_tokens(std::span<const float> latent, std::span<const float> condition);
// The part of it that is constant over the steps: masked image's latent | mask.
std::vector<float> join_condition(std::span<const float> masked_latent,
                                  std::span<const float> mask);

}  // namespace pawfect
