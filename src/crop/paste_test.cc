#include "crop/paste.h"

#include <gtest/gtest.h>

#include <cmath>

#include "crop/windows.h"
#include "mask/prepare.h"
#include "mask/test_shapes.h"

namespace pawfect {
namespace {

double sample_at(const Image& image, int x, int y, int channel) {
  const std::size_t i = std::size_t(x) * image.channels + channel;
  return image.depth == SampleDepth::k16 ? image.row<std::uint16_t>(y)[i]
                                         : image.row<std::uint8_t>(y)[i];
}

Window whole_window(const Mask& hole) {
  return {hole.rect(), hole.rect(), 0, hole, Mask(hole.width, hole.height)};
}

TEST(CutOut, CopiesThePixelsOfTheRectangle) {
  std::mt19937 random(1);
  for (const int channels : {1, 2, 3, 4}) {
    for (const SampleDepth depth : {SampleDepth::k8, SampleDepth::k16}) {
      const Image photo = shapes::random_photo(13, 9, channels, depth, random);
      const Image part = cut_out(photo, {4, 2, 5, 6});
      ASSERT_EQ(part.rect(), (PixelRect{0, 0, 5, 6}));
      for (int y = 0; y < 6; ++y) {
        for (int x = 0; x < 5; ++x) {
          for (int c = 0; c < channels; ++c) {
            ASSERT_EQ(sample_at(part, x, y, c), sample_at(photo, x + 4, y + 2, c));
          }
        }
      }
    }
  }
}

TEST(PasteBack, BlendsEveryPairOfLevelsWithEveryWeightToTheNearest) {
  const Mask hole(256, 256, 255);
  Image filled(256, 256, 1, SampleDepth::k8);
  Image photo(256, 256, 1, SampleDepth::k8);
  for (int y = 0; y < 256; ++y) {
    for (int x = 0; x < 256; ++x) {
      filled.row<std::uint8_t>(y)[x] = std::uint8_t(x);
      photo.row<std::uint8_t>(y)[x] = std::uint8_t(y);
    }
  }
  for (int weight = 0; weight < 256; weight += 15) {
    Image out = photo;
    paste_back(out, filled, whole_window(hole), Mask(256, 256, std::uint8_t(weight)));
    for (int y = 0; y < 256; ++y) {
      for (int x = 0; x < 256; ++x) {
        const double exact = (y * (255.0 - weight) + x * double(weight)) / 255;
        ASSERT_NEAR(sample_at(out, x, y, 0), exact, 0.5 + 1e-9);
      }
    }
  }
}

TEST(PasteBack, SixteenBitEndsAreExact) {
  const Mask hole(3, 1, 255);
  Image photo(3, 1, 1, SampleDepth::k16);
  Image filled(3, 1, 1, SampleDepth::k16);
  for (int x = 0; x < 3; ++x) {
    photo.row<std::uint16_t>(0)[x] = 65535;
    filled.row<std::uint16_t>(0)[x] = 1;
  }
  Mask composite(3, 1);
  composite.pixels = {0, 128, 255};
  paste_back(photo, filled, whole_window(hole), composite);
  EXPECT_EQ(photo.row<std::uint16_t>(0)[0], 65535);
  EXPECT_EQ(photo.row<std::uint16_t>(0)[1], 32640);  // (65535 * 127 + 128 + 127) / 255
  EXPECT_EQ(photo.row<std::uint16_t>(0)[2], 1);
}

TEST(PasteBack, OtherWindowsHolesAreLeftAlone) {
  Mask hole(4, 1);
  hole.pixels = {255, 0, 0, 0};
  Image photo(4, 1, 3, SampleDepth::k8);
  Image filled(4, 1, 3, SampleDepth::k8);
  std::ranges::fill(filled.bytes, 9);
  paste_back(photo, filled, whole_window(hole), Mask(4, 1, 255));
  EXPECT_EQ(photo.bytes, (std::vector<std::uint8_t>{9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(PasteBack, AlphaIsBlendedLikeAnyChannel) {
  Image photo(1, 1, 4, SampleDepth::k8);
  photo.bytes = {10, 20, 30, 255};
  Image filled(1, 1, 4, SampleDepth::k8);
  filled.bytes = {20, 40, 60, 0};
  paste_back(photo, filled, whole_window(Mask(1, 1, 255)), Mask(1, 1, 51));
  EXPECT_EQ(photo.bytes, (std::vector<std::uint8_t>{12, 24, 36, 204}));
}

// The promise of the whole program, without an engine: random photos of every form, random masks,
// random fills.
TEST(PasteBackProperty, NothingOutsideTheCompositeChangesAndTheInputIsAllFill) {
  std::mt19937 random(99);
  const auto below = [&](int limit) { return int(random() % unsigned(limit)); };
  int pasted = 0;
  for (int round = 0; round < 300; ++round) {
    const int width = below(8) == 0 ? 1 : 2 + below(120);
    const int height = below(8) == 0 ? 1 : 2 + below(120);
    const SampleDepth depth = below(2) ? SampleDepth::k8 : SampleDepth::k16;
    const Image photo = shapes::random_photo(width, height, 1 + below(4), depth, random);
    const Image fill = shapes::random_photo(width, height, photo.channels, depth, random);
    MaskOptions options{.max_cover = 1, .min_component_px = 1};
    if (below(2)) options.grow_px = below(14);
    const auto mask =
        prepare_mask(shapes::levels_of(shapes::random_mask(width, height, random)), photo, options);
    if (!mask) continue;

    Image result = photo;
    const WindowPlan plan = plan_windows(mask->generate, {.context_min = below(30)});
    for (std::size_t i = 0; i < plan.places.size(); ++i) {
      const Window window = build_window(plan, i);
      paste_back(result, cut_out(fill, window.rect), window, mask->composite);
    }
    ++pasted;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const double weight = mask->composite.at(x, y) / 255.0;
        for (int c = 0; c < photo.channels; ++c) {
          const double before = sample_at(photo, x, y, c);
          const double filled = sample_at(fill, x, y, c);
          const double after = sample_at(result, x, y, c);
          if (mask->composite.at(x, y) == 0) {
            ASSERT_EQ(after, before);
          }
          if (mask->input.at(x, y)) {
            ASSERT_EQ(after, filled);
          }
          ASSERT_NEAR(after, before * (1 - weight) + filled * weight, 0.5 + 1e-6);
        }
      }
    }
  }
  EXPECT_GT(pasted, 200);
}

}  // namespace
}  // namespace pawfect
