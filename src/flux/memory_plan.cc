#include "flux/memory_plan.h"

#include <algorithm>
#include <array>

#include "flux/clip_encoder.h"
#include "flux/packing.h"
#include "flux/t5_encoder.h"
#include "flux/transformer.h"
#include "flux/vae.h"

namespace pawfect {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr int kClipPositions = 77;

// As the data sheets say, less what driver and context keep.
constexpr std::array kCards = {
    KnownCard{"t4", 15 * 1024 * kMiB},      KnownCard{"l4", 22 * 1024 * kMiB},
    KnownCard{"a10g", 22 * 1024 * kMiB},    KnownCard{"rtx3060", 11 * 1024 * kMiB},
    KnownCard{"rtx3090", 23 * 1024 * kMiB}, KnownCard{"rtx4090", 23 * 1024 * kMiB},
    KnownCard{"a100-40", 39 * 1024 * kMiB}, KnownCard{"a100-80", 79 * 1024 * kMiB},
    KnownCard{"h100", 79 * 1024 * kMiB},    KnownCard{"h200", 139 * 1024 * kMiB},
};

std::uint64_t peak_of(const std::vector<StageMemory>& stages) {
  std::uint64_t most = 0;
  for (const StageMemory& stage : stages) most = std::max(most, stage.total());
  return most;
}

}  // namespace

std::uint64_t MemoryPlan::text_peak() const { return peak_of(text); }
std::uint64_t MemoryPlan::paint_peak() const { return peak_of(paint); }

std::span<const KnownCard> known_cards() { return kCards; }

Result<MemoryPlan> plan_memory(const Device& device, const PlanInput& input, int width,
                               int height) {
  MemoryPlan plan;
  const auto t5_file = TensorFile::open(input.files.t5);
  if (!t5_file) return std::unexpected(t5_file.error());
  const auto t5 = T5Encoder::outline(device, *t5_file);
  if (!t5) return std::unexpected(t5.error());
  plan.text.push_back({"T5", t5->weight_bytes(), t5->memory_needed(input.t5_length)});

  const auto clip_file = TensorFile::open(input.files.clip);
  if (!clip_file) return std::unexpected(clip_file.error());
  const auto clip = ClipEncoder::outline(device, *clip_file);
  if (!clip) return std::unexpected(clip.error());
  plan.text.push_back({"CLIP", clip->weight_bytes(), clip->memory_needed(kClipPositions)});

  const auto transformer_file = TensorFile::open(input.files.transformer);
  if (!transformer_file) return std::unexpected(transformer_file.error());
  const auto transformer =
      FluxTransformer::outline(device, *transformer_file, input.kind, input.precision);
  if (!transformer) return std::unexpected(transformer.error());
  const auto vae_file = TensorFile::open(input.files.vae);
  if (!vae_file) return std::unexpected(vae_file.error());
  const auto vae = Vae::outline(device, *vae_file, input.kind);
  if (!vae) return std::unexpected(vae.error());
  const std::uint64_t weights = transformer->weight_bytes() + vae->weight_bytes();
  plan.paint = {{"encode", weights, vae->encoder_memory(width, height)},
                {"steps", weights,
                 transformer->memory_needed(height / kPixelsPerToken, width / kPixelsPerToken,
                                            input.t5_length)},
                {"decode", weights, vae->decoder_memory(width, height)}};
  return plan;
}

}  // namespace pawfect
