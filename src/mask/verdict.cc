#include "mask/verdict.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "mask/clean.h"

namespace pawfect {
namespace {

std::unexpected<Error> reject(std::string message) {
  return fail(ErrorCode::kMaskRejected, std::move(message));
}

std::unexpected<Error> reject_empty(const MaskStatistics& found, const MaskOptions& options) {
  const std::string_view white = options.invert ? "black" : "white";
  if (found.faint_px > 0) {
    return reject(fmt::format(
        "mask: nothing is {} enough to fill; of {} faint pixels the strongest has {} of 255, at "
        "least {} is needed; paint what is to go in full {}",
        white, found.faint_px, found.brightest_faint, options.high, white));
  }
  return reject(fmt::format("mask: nothing to fill, every pixel is {}; paint what is to go in {}{}",
                            options.invert ? "white" : "black", white,
                            options.invert ? " or leave --invert out" : ""));
}

}  // namespace

Result<void> judge_mask(const MaskStatistics& found, std::int64_t photo_px,
                        const MaskOptions& options) {
  if (found.mask_px + found.speck_px == 0) return reject_empty(found, options);
  if (found.mask_px == 0) {
    return reject(fmt::format(
        "mask: nothing but {} speck{} of fewer than {} pixels, a part of at least {} is "
        "needed; paint the whole thing, or lower --min-part",
        found.specks_dropped, found.specks_dropped == 1 ? "" : "s", kSpeckPx,
        options.min_component_px));
  }
  if (found.mask_px == photo_px) {
    return reject(fmt::format(
        "mask: the whole photo is to be filled, so nothing is left to fill it from; leave the "
        "background {}, or turn the mask round with --invert",
        options.invert ? "white" : "black"));
  }
  if (found.cover > options.max_cover) {
    return reject(fmt::format(
        "mask: it covers {:.1f} % of the photo, at most {:.1f} % is allowed; mask less, raise "
        "--max-cover, or use --invert if the wrong side is painted",
        found.cover * 100, options.max_cover * 100));
  }
  if (found.parts > kMaxParts) {
    return reject(fmt::format(
        "mask: it falls into {} separate parts, at most {} are allowed; this looks like "
        "noise, save the mask as plain black and white",
        found.parts, kMaxParts));
  }
  if (found.largest_part_px < options.min_component_px) {
    return reject(fmt::format(
        "mask: its largest part has {} pixels, at least {} are needed; paint the whole thing, or "
        "lower --min-part",
        found.largest_part_px, options.min_component_px));
  }
  return {};
}

}  // namespace pawfect
