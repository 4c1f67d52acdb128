#include "mask/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "mask/clean.h"
#include "mask/grow.h"
#include "mask/runs.h"
#include "mask/scale.h"
#include "mask/shadow.h"
#include "mask/threshold.h"
#include "mask/verdict.h"

namespace pawfect {
namespace {

constexpr int kSmallestGrow = 8;
constexpr int kLargestGrow = 12;
constexpr int kDefaultBlend = 6;
constexpr std::int64_t kPinholePxPerMegapixel = 64;

// 8 px up to 1 megapixel, 12 px from 12 megapixels, linear in the photo's mean side between.
int default_grow(std::int64_t photo_px) {
  const double side = std::sqrt(double(photo_px));
  const double share = (side - 1000.0) / (std::sqrt(12e6) - 1000.0);
  return int(std::lround(std::lerp(kSmallestGrow, kLargestGrow, std::clamp(share, 0.0, 1.0))));
}

Result<void> check_options(const MaskOptions& options) {
  const auto check = [](std::string_view name, int value, int most) -> Result<void> {
    if (value >= 0 && value <= most) return {};
    return fail(ErrorCode::kUsage, fmt::format("{}: {} is out of range, allowed are 0 to {} pixels",
                                               name, value, most));
  };
  if (Result<void> grow = check("--grow", options.grow_px.value_or(0), kMaxGrowPx); !grow) {
    return grow;
  }
  if (Result<void> blend = check("--blend", options.blend_px.value_or(0), kMaxBlendPx); !blend) {
    return blend;
  }
  if (!(options.max_cover > 0 && options.max_cover <= 1)) {
    return fail(ErrorCode::kUsage,
                fmt::format("--max-cover: {} is out of range, give a share above "
                            "0 and up to 1",
                            options.max_cover));
  }
  if (options.low == 0 || options.low > options.high) {
    return fail(ErrorCode::kUsage,
                fmt::format("mask threshold: low {} and high {} are out of order, "
                            "allowed is 1 <= low <= high",
                            options.low, options.high));
  }
  return {};
}

// The levels as they are to be read: white = fill, the photo's size.
Image adapt_levels(const Image& levels, const Image& photo, const MaskOptions& options) {
  const bool is_same_size = levels.width == photo.width && levels.height == photo.height;
  Image adapted = levels;
  if (options.invert) {
    std::ranges::transform(adapted.bytes, adapted.bytes.begin(),
                           [](std::uint8_t level) { return std::uint8_t(255 - level); });
  }
  return is_same_size ? adapted : scale_levels(adapted, photo.width, photo.height);
}

void measure_parts(const Mask& mask, MaskStatistics& statistics) {
  const PartList list = find_parts(find_runs(mask), Neighbours::k8);
  statistics.parts = int(list.parts.size());
  for (const Part& part : list.parts) {
    statistics.mask_px += part.pixels;
    statistics.largest_part_px = std::max(statistics.largest_part_px, part.pixels);
  }
  statistics.cover = double(statistics.mask_px) / double(mask.pixels.size());
}

// Threshold, specks, pin-holes, verdict.
Result<void> read_input(const Image& levels, const MaskOptions& options, PreparedMask& prepared) {
  std::optional<Mask> mask = threshold_levels(levels, options.high, options.low);
  if (!mask) {
    return fail(ErrorCode::kMaskRejected,
                fmt::format("mask: it breaks up into more than {} stretches of pixels; this looks "
                            "like noise, save the mask as plain black and white",
                            kMaxRuns));
  }
  MaskStatistics& found = prepared.statistics;
  const FaintPixels faint = count_faint(levels, *mask, options.high);
  found.faint_px = faint.count;
  found.brightest_faint = faint.brightest;

  // A part that would do as the largest one is no speck.
  const CleanedParts specks = drop_specks(*mask, std::min(kSpeckPx, options.min_component_px));
  found.specks_dropped = specks.parts;
  found.speck_px = specks.pixels;

  const std::int64_t photo_px = std::int64_t(mask->pixels.size());
  const std::int64_t pinhole_px =
      std::max(kPinholePxPerMegapixel, photo_px * kPinholePxPerMegapixel / 1'000'000);
  if (options.grow_px != 0) {  // who asks for no growth wants no other pixel touched
    const CleanedParts pinholes = fill_pinholes(*mask, pinhole_px);
    found.pinholes_filled = pinholes.parts;
    found.pinhole_px = pinholes.pixels;
  }

  measure_parts(*mask, found);
  prepared.input = std::move(*mask);
  return judge_mask(found, photo_px, options);
}

// The two masks of the job.
Result<void> make_masks(const Image& photo, const MaskOptions& options, PreparedMask& prepared) {
  MaskStatistics& used = prepared.statistics;
  used.grow_px = options.grow_px.value_or(default_grow(std::int64_t(photo.width) * photo.height));
  used.blend_px = std::min(options.blend_px.value_or(kDefaultBlend), used.grow_px);

  if (options.follow_shadow) {
    Mask reached = find_shadow(photo, prepared.input);
    used.shadow_px = std::ranges::count(reached.pixels, std::uint8_t{255});
    std::ranges::transform(reached.pixels, prepared.input.pixels, reached.pixels.begin(),
                           [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); });
    prepared.generate = grow_mask(reached, used.grow_px);
  } else {
    prepared.generate = grow_mask(prepared.input, used.grow_px);
  }
  prepared.box = bounding_box(find_runs(prepared.generate));
  if (std::ranges::find(prepared.generate.pixels, 0) == prepared.generate.pixels.end()) {
    return fail(ErrorCode::kMaskRejected,
                fmt::format("mask: grown by {} pixels it covers the whole photo of {}x{}; give a "
                            "smaller --grow",
                            used.grow_px, photo.width, photo.height));
  }
  prepared.composite = soften_edge(prepared.generate, used.blend_px);
  return {};
}

std::string counted(std::int64_t number, std::string_view thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

void add_notices(const MaskOptions& options, const Image& photo, PreparedMask& prepared) {
  const MaskStatistics& found = prepared.statistics;
  std::vector<std::string>& notices = prepared.notices;
  if (found.given_width != photo.width || found.given_height != photo.height) {
    const bool is_stretched = std::abs(std::int64_t(found.given_width) * photo.height -
                                       std::int64_t(found.given_height) * photo.width) >
                              std::max(photo.width, photo.height);
    notices.push_back(fmt::format(
        "mask: {}x{} was scaled to the photo's {}x{}{}", found.given_width, found.given_height,
        photo.width, photo.height,
        is_stretched ? " although the proportions differ; check that it belongs to this photo"
                     : ""));
  }
  if (found.faint_left_px > 0) {
    notices.push_back(
        fmt::format("mask: {} (below {} of 255) outside the grown mask ignored; what they cover "
                    "stays in the photo",
                    counted(found.faint_left_px, "faint pixel"), options.high));
  }
  if (found.specks_dropped > 0) {
    notices.push_back(fmt::format("mask: {} of fewer than {} pixels each dropped, {} in all",
                                  counted(found.specks_dropped, "speck"), kSpeckPx,
                                  counted(found.speck_px, "pixel")));
  }
  if (options.blend_px && *options.blend_px > found.blend_px) {
    notices.push_back(fmt::format("--blend: {} was lowered to {}, the growth of the mask",
                                  *options.blend_px, found.blend_px));
  }
  if (options.follow_shadow && found.shadow_px == 0) {
    notices.push_back("--follow-shadow: no shadow was found at the foot of the mask");
  }
}

}  // namespace

Result<PreparedMask> prepare_mask(const Image& levels, const Image& photo,
                                  const MaskOptions& options) {
  if (Result<void> checked = check_options(options); !checked) {
    return std::unexpected(checked.error());
  }
  if (levels.channels != 1 || levels.depth != SampleDepth::k8 || levels.rect().is_empty() ||
      photo.rect().is_empty()) {
    return fail(ErrorCode::kBug,
                fmt::format("prepare_mask: {} channels of {} bits at {}x{} given, one "
                            "of 8 bits is wanted; please report this",
                            levels.channels, int(levels.depth), levels.width, levels.height));
  }

  PreparedMask prepared;
  prepared.statistics.given_width = levels.width;
  prepared.statistics.given_height = levels.height;
  const bool is_ready =
      !options.invert && levels.width == photo.width && levels.height == photo.height;
  const Image adapted = is_ready ? Image{} : adapt_levels(levels, photo, options);
  const Image& read = is_ready ? levels : adapted;

  if (Result<void> done = read_input(read, options, prepared); !done) {
    return std::unexpected(done.error());
  }
  if (Result<void> done = make_masks(photo, options, prepared); !done) {
    return std::unexpected(done.error());
  }
  prepared.statistics.faint_left_px = count_faint(read, prepared.generate, options.high).count;
  add_notices(options, photo, prepared);
  return prepared;
}

}  // namespace pawfect
