// Draws the figures of docs/texture-engine.md from a photo and a mask: the hole filled at each size
// of the pyramid, where every filled pixel comes from, and the copies before and after the gradient
// correction. Only the first window of the mask is drawn.
//
//   texture_figures IMAGE MASK OUT_FOLDER
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "crop/paste.h"
#include "crop/windows.h"
#include "image/load.h"
#include "image/save.h"
#include "mask/outline.h"
#include "mask/prepare.h"
#include "texture/paint.h"
#include "texture/synthesis.h"

namespace pawfect {
namespace {

using texture::Level;

constexpr int kPanelWidth = 240;
constexpr int kGap = 8;
constexpr int kMargin = 60;  // pixels of the photo round the hole

// What is drawn: the hole's window, its hole, and the part of it that is shown.
struct Scene {
  Image window;   // RGB, 8 bits
  Image overlay;  // the same with the mask drawn in
  Window place;
  PixelRect shown;  // in the window
};

Result<Scene> load_scene(const std::filesystem::path& photo_file,
                         const std::filesystem::path& mask_file) {
  const Result<LoadedImage> photo = load_image(photo_file, ImageLimits{});
  if (!photo) return std::unexpected(photo.error());
  if (photo->image.channels != 3 || photo->image.depth != SampleDepth::k8)
    return fail(ErrorCode::kBadInput, photo_file.string() + ": the figures need 8-bit colour");
  const Result<Image> levels = load_grey(mask_file, ImageLimits{});
  if (!levels) return std::unexpected(levels.error());
  const Result<PreparedMask> mask = prepare_mask(*levels, photo->image, MaskOptions{});
  if (!mask) return std::unexpected(mask.error());
  const WindowPlan plan = plan_windows(mask->generate, WindowPolicy{});
  Scene scene;
  scene.place = build_window(plan, 0);
  scene.window = cut_out(photo->image, scene.place.rect);
  scene.overlay = cut_out(draw_overlay(photo->image, *mask), scene.place.rect);
  PixelRect box = scene.place.hole_box;
  box = {box.x - scene.place.rect.x - kMargin, box.y - scene.place.rect.y - kMargin,
         box.width + 2 * kMargin, box.height + 2 * kMargin};
  scene.shown = intersection(box, scene.window.rect());
  return scene;
}

// The whole window as the engine sees it.
Level full_level(const Scene& scene) {
  Level level = texture::make_level(scene.window.width, scene.window.height);
  for (int y = 0; y < level.height; ++y) {
    const auto row = scene.window.row<std::uint8_t>(y);
    for (int x = 0; x < level.width; ++x) {
      const std::size_t i = std::size_t(y) * level.stride + x;
      for (int c = 0; c < 3; ++c) level.pixels[i * 4 + c] = row[std::size_t(x) * 3 + 2 - c];
      level.kind[i] = scene.place.hole.at(x, y)       ? texture::kHole
                      : scene.place.unusable.at(x, y) ? texture::kUnusable
                                                      : texture::kKnown;
    }
  }
  return level;
}

// The shown part of an RGB picture of the window at any size, scaled to the panels' width: each
// pixel is the mean of those that it covers, or the nearest one when it is smaller than they are.
Image panel(const Image& picture, const Scene& scene) {
  const double zoom = double(picture.width) / scene.window.width;
  const double step = double(scene.shown.width) / kPanelWidth;
  Image out(kPanelWidth, int(scene.shown.height / step), 3, SampleDepth::k8);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      const auto range = [&](int at, int first, int limit) {
        const int from = std::min(int((first + at * step) * zoom), limit - 1);
        return std::pair(from, std::clamp(int((first + (at + 1) * step) * zoom), from + 1, limit));
      };
      const auto [x0, x1] = range(x, scene.shown.x, picture.width);
      const auto [y0, y1] = range(y, scene.shown.y, picture.height);
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int py = y0; py < y1; ++py) {
          for (int px = x0; px < x1; ++px)
            sum += picture.row<std::uint8_t>(py)[std::size_t(px) * 3 + c];
        }
        const int count = (x1 - x0) * (y1 - y0);
        out.row<std::uint8_t>(y)[std::size_t(x) * 3 + c] = std::uint8_t((sum + count / 2) / count);
      }
    }
  }
  return out;
}

Result<void> save_panels(const std::vector<Image>& panels, const std::filesystem::path& file) {
  const int count = int(panels.size());
  Image sheet(count * kPanelWidth + (count - 1) * kGap, panels[0].height, 3, SampleDepth::k8);
  std::ranges::fill(sheet.bytes, 255);
  for (int k = 0; k < count; ++k) {
    for (int y = 0; y < sheet.height; ++y) {
      const auto from = panels[k].row<std::uint8_t>(y);
      std::ranges::copy(
          from, sheet.row<std::uint8_t>(y).begin() + std::size_t(k) * (kPanelWidth + kGap) * 3);
    }
  }
  const Result<SavedImage> saved = save_image(sheet, SourceInfo{}, file, {.jpeg_quality = 88});
  if (!saved) return std::unexpected(saved.error());
  std::printf("%s\n", file.c_str());
  return {};
}

// The level's colours; where `grey_hole` is set, mid grey in the hole.
Image picture_of(const Level& level, bool grey_hole) {
  Image out(level.width, level.height, 3, SampleDepth::k8);
  for (int y = 0; y < level.height; ++y) {
    const auto row = out.row<std::uint8_t>(y);
    for (int x = 0; x < level.width; ++x) {
      const std::size_t i = std::size_t(y) * level.stride + x;
      const bool is_grey = grey_hole && level.kind[i] == texture::kHole;
      for (int c = 0; c < 3; ++c)
        row[std::size_t(x) * 3 + c] = is_grey ? 128 : level.pixels[i * 4 + 2 - c];
    }
  }
  return out;
}

// A colour for every place of the window: red grows to the right, green downwards. Sources show
// their own place's colour in the hole; round it the code lies over the grey photo.
Image source_map(const texture::Synthesis& done) {
  const Level& level = done.level;
  Image out(level.width, level.height, 3, SampleDepth::k8);
  const auto code = [&](std::int32_t i) {
    const int y = i / level.stride, x = i - y * level.stride;
    return std::array{255 * x / level.width, 255 * y / level.height, 140};
  };
  for (int y = 0; y < level.height; ++y) {
    const auto row = out.row<std::uint8_t>(y);
    for (int x = 0; x < level.width; ++x) {
      const std::int32_t i = y * level.stride + x, source = done.label[i];
      const std::uint8_t* pixel = &level.pixels[std::size_t(i) * 4];
      const int grey = (pixel[0] + 2 * pixel[1] + pixel[2]) / 4;
      const std::array colour = code(source < 0 ? i : source);
      for (int c = 0; c < 3; ++c)
        row[std::size_t(x) * 3 + c] = std::uint8_t(source < 0 ? (grey + colour[c]) / 2 : colour[c]);
    }
  }
  return out;
}

// Every hole pixel a plain copy of its source.
Level with_copies(texture::Synthesis done) {
  for (const std::int32_t i : done.level.hole_pixels) {
    if (done.label[i] < 0) continue;
    std::copy_n(&done.level.pixels[std::size_t(done.label[i]) * 4], 4,
                &done.level.pixels[std::size_t(i) * 4]);
  }
  return std::move(done.level);
}

Result<void> draw(const Scene& scene, const std::filesystem::path& folder) {
  const texture::Settings settings;
  texture::Workers workers(1);

  // The hole at falling sizes, each filled as if it were the whole window.
  std::vector<Level> sizes = {full_level(scene)};
  texture::index_level(sizes[0], workers);
  while (texture::hole_thickness(sizes.back()) > float(settings.coarsest_thickness)) {
    sizes.push_back(texture::halve(sizes.back(), workers));
    texture::index_level(sizes.back(), workers);
  }
  std::vector<Image> panels = {panel(picture_of(sizes[0], true), scene)};
  texture::Synthesis full;
  while (!sizes.empty()) {
    Result<texture::Synthesis> done =
        texture::synthesise(std::move(sizes.back()), settings, 0, workers, JobControl{});
    if (!done) return std::unexpected(done.error());
    sizes.pop_back();
    full = std::move(*done);
    Level painted = full.level;
    texture::paint_level(painted, full.label, settings, settings.solver_rounds, workers);
    panels.push_back(panel(picture_of(painted, false), scene));
  }
  if (auto saved = save_panels(panels, folder / "texture_sizes.jpg"); !saved) return saved;

  return save_panels({panel(scene.overlay, scene), panel(source_map(full), scene),
                      panel(picture_of(with_copies(full), false), scene), panels.back()},
                     folder / "texture_steps.jpg");
}

}  // namespace
}  // namespace pawfect

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: texture_figures IMAGE MASK OUT_FOLDER\n");
    return 2;
  }
  const auto scene = pawfect::load_scene(argv[1], argv[2]);
  const auto drawn = scene ? pawfect::draw(*scene, argv[3])
                           : pawfect::Result<void>(std::unexpected(scene.error()));
  if (drawn) return 0;
  std::fprintf(stderr, "texture_figures: %s\n", drawn.error().message.c_str());
  return 1;
}
