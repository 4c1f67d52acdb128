// What holds for every mask, tried on random ones: sizes down to a single row or column, several
// parts, parts at the border, thin lines.

#include <gtest/gtest.h>

#include <algorithm>

#include "mask/prepare.h"
#include "mask/test_shapes.h"

namespace pawfect {
namespace {

struct Case {
  Image levels;
  Image photo;
  MaskOptions options;
};

Case random_case(std::mt19937& random) {
  const auto below = [&](int limit) { return int(random() % unsigned(limit)); };
  const int width = below(8) == 0 ? 1 : 2 + below(160);
  const int height = below(8) == 0 ? 1 : 2 + below(120);
  Case made{{}, Image(width, height, 1 + below(4), SampleDepth::k8), {}};
  const bool is_scaled = below(4) == 0;
  const Mask mask = shapes::random_mask(is_scaled ? 1 + below(200) : width,
                                        is_scaled ? 1 + below(200) : height, random);
  made.levels = shapes::levels_of(mask);
  for (std::uint8_t& level : made.levels.bytes) {
    level = std::uint8_t(level ? 255 - below(60) : below(40));
  }
  made.options.max_cover = 1;
  made.options.min_component_px = 1;
  if (below(2)) made.options.grow_px = below(20);
  if (below(2)) made.options.blend_px = below(20);
  made.options.follow_shadow = below(4) == 0;
  return made;
}

TEST(PrepareMaskProperty, TheMasksAreNestedForEveryInput) {
  std::mt19937 random(2024);
  int accepted = 0;
  for (int round = 0; round < 500; ++round) {
    const Case given = random_case(random);
    const Result<PreparedMask> made = prepare_mask(given.levels, given.photo, given.options);
    if (!made) {
      ASSERT_EQ(made.error().code, ErrorCode::kMaskRejected) << made.error().message;
      continue;
    }
    ++accepted;
    ASSERT_EQ(made->input.rect(), given.photo.rect());
    ASSERT_GT(made->statistics.mask_px, 0);
    ASSERT_EQ(shapes::count_set(made->input), made->statistics.mask_px);
    for (std::size_t i = 0; i < made->input.pixels.size(); ++i) {
      const std::uint8_t input = made->input.pixels[i];
      const std::uint8_t generate = made->generate.pixels[i];
      const std::uint8_t composite = made->composite.pixels[i];
      ASSERT_TRUE(input == 0 || input == 255);
      ASSERT_TRUE(generate == 0 || generate == 255);
      ASSERT_GE(generate, input) << "the mask was eroded";
      ASSERT_GE(generate, composite) << "the fill is pasted where none was made";
      if (input) {
        ASSERT_EQ(composite, 255) << "the object shines through";
      }
    }
  }
  EXPECT_GT(accepted, 300);
}

TEST(PrepareMaskProperty, EveryWhitePixelOfAPartThatIsNoSpeckIsInTheInput) {
  std::mt19937 random(77);
  for (int round = 0; round < 200; ++round) {
    Mask mask(60 + int(random() % 60), 60 + int(random() % 60));
    shapes::add_line(mask, int(random() % 60), int(random() % 60), int(random() % 60),
                     int(random() % 60), int(random() % 3));
    const Image photo(mask.width, mask.height, 3, SampleDepth::k8);
    const auto made = prepare_mask(shapes::levels_of(mask), photo, {});
    if (!made) continue;
    for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
      ASSERT_GE(made->input.pixels[i], mask.pixels[i]);
    }
  }
}

}  // namespace
}  // namespace pawfect
