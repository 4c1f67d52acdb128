#include "mask/shadow.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "mask/prepare.h"
#include "mask/test_shapes.h"

namespace pawfect {
namespace {

constexpr int kWidth = 300;
constexpr int kHeight = 240;

// A dog-sized ellipse standing on a lit lawn that gets a little lighter towards the right.
struct Scene {
  Image photo{kWidth, kHeight, 3, SampleDepth::k8};
  Mask object{kWidth, kHeight};
  Mask shadow{kWidth, kHeight};  // darker by more than a tenth
};

double ellipse(int x, int y, double cx, double cy, double rx, double ry) {
  return std::hypot((x - cx) / rx, (y - cy) / ry);
}

// `depth` is the share of light that the middle of the shadow loses; `grain` the noise of the lawn.
Scene draw_scene(double depth, int grain, const std::array<double, 3>& shadow_colour = {1, 1, 1}) {
  Scene scene;
  std::mt19937 random(4);
  for (int y = 0; y < kHeight; ++y) {
    const auto row = scene.photo.row<std::uint8_t>(y);
    for (int x = 0; x < kWidth; ++x) {
      const bool is_object = ellipse(x, y, 150, 100, 40, 50) <= 1;
      if (is_object) scene.object.at(x, y) = 255;
      // Full inside, fading over the outer third.
      const double r = ellipse(x, y, 165, 150, 60, 16);
      const double share = std::clamp((1.2 - r) / 0.4, 0.0, 1.0) * depth;
      if (!is_object && share > 0.1) scene.shadow.at(x, y) = 255;
      const double light = 1.0 + 0.1 * (x - 150) / 150;
      const std::array<double, 3> lawn{95, 130, 60};
      for (int c = 0; c < 3; ++c) {
        const double noise = grain == 0 ? 0 : double(random() % unsigned(2 * grain + 1)) - grain;
        const double value = is_object ? 40 : lawn[c] * light * (1 - share * shadow_colour[c]);
        row[3 * x + c] = std::uint8_t(std::clamp(value + noise, 0.0, 255.0));
      }
    }
  }
  return scene;
}

double share_covered(const Mask& wanted, const Mask& found) {
  std::int64_t both = 0;
  for (std::size_t i = 0; i < wanted.pixels.size(); ++i) {
    both += wanted.pixels[i] && found.pixels[i];
  }
  return double(both) / double(std::max<std::int64_t>(1, shapes::count_set(wanted)));
}

TEST(FindShadow, FindsASoftShadowAtTheFoot) {
  for (const int grain : {0, 6, 14}) {
    const Scene scene = draw_scene(0.5, grain);
    const Mask found = find_shadow(scene.photo, scene.object);
    EXPECT_GT(share_covered(scene.shadow, found), 0.9) << "grain " << grain;
    EXPECT_LT(shapes::count_set(found), 1.4 * double(shapes::count_set(scene.shadow)));
    EXPECT_EQ(share_covered(found, scene.object), 0) << "overlaps the object";
  }
}

TEST(FindShadow, FindsNothingWhereThereIsNone) {
  for (const int grain : {0, 6, 14, 40}) {
    const Scene scene = draw_scene(0, grain);
    EXPECT_EQ(shapes::count_set(find_shadow(scene.photo, scene.object)), 0) << "grain " << grain;
  }
}

TEST(FindShadow, ADarkThingOfAnotherColourIsNoShadow) {
  const Scene scene = draw_scene(0.6, 4, {0, 1, 1});
  EXPECT_EQ(shapes::count_set(find_shadow(scene.photo, scene.object)), 0);
}

TEST(FindShadow, AShadowThatTouchesNothingIsNotTheObjects) {
  Scene scene = draw_scene(0.5, 4);
  scene.object = shapes::disc(kWidth, kHeight, 60, 60, 30);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      if (scene.object.at(x, y)) std::fill_n(&scene.photo.row<std::uint8_t>(y)[3 * x], 3, 40);
    }
  }
  EXPECT_EQ(shapes::count_set(find_shadow(scene.photo, scene.object)), 0);
}

TEST(FindShadow, GroundThatTurnsDarkForGoodIsNoShadow) {
  Scene scene = draw_scene(0, 4);
  for (int y = 145; y < kHeight; ++y) {
    for (std::uint8_t& value : scene.photo.row<std::uint8_t>(y)) value = std::uint8_t(value / 2);
  }
  EXPECT_EQ(shapes::count_set(find_shadow(scene.photo, scene.object)), 0);
}

TEST(FindShadow, WorksOnGreyAndSixteenBitPhotos) {
  const Scene scene = draw_scene(0.5, 6);
  Image grey(kWidth, kHeight, 1, SampleDepth::k8);
  Image wide(kWidth, kHeight, 4, SampleDepth::k16);
  for (int y = 0; y < kHeight; ++y) {
    const auto row = scene.photo.row<std::uint8_t>(y);
    for (int x = 0; x < kWidth; ++x) {
      grey.row<std::uint8_t>(y)[x] = row[3 * x + 1];
      for (int c = 0; c < 3; ++c) {
        wide.row<std::uint16_t>(y)[4 * x + c] = std::uint16_t(row[3 * x + c] * 257);
      }
      wide.row<std::uint16_t>(y)[4 * x + 3] = 65535;
    }
  }
  EXPECT_GT(share_covered(scene.shadow, find_shadow(grey, scene.object)), 0.9);
  EXPECT_GT(share_covered(scene.shadow, find_shadow(wide, scene.object)), 0.9);
}

TEST(FindShadow, PrepareMaskGrowsOverItOnlyWhenAsked) {
  const Scene scene = draw_scene(0.5, 6);
  const Image levels = shapes::levels_of(scene.object);
  const auto plain = prepare_mask(levels, scene.photo, {});
  const auto followed = prepare_mask(levels, scene.photo, {.follow_shadow = true});
  ASSERT_TRUE(plain && followed);
  EXPECT_EQ(plain->statistics.shadow_px, 0);
  EXPECT_GT(followed->statistics.shadow_px, 500);
  EXPECT_EQ(followed->input, plain->input);
  EXPECT_LT(share_covered(scene.shadow, plain->composite), 0.5);
  EXPECT_GT(share_covered(scene.shadow, followed->composite), 0.99);
}

TEST(FindShadow, PrepareMaskSaysWhenThereIsNone) {
  const Scene scene = draw_scene(0, 6);
  const auto followed =
      prepare_mask(shapes::levels_of(scene.object), scene.photo, {.follow_shadow = true});
  ASSERT_TRUE(followed);
  ASSERT_EQ(followed->notices.size(), 1u);
}

}  // namespace
}  // namespace pawfect
