#include "texture/texture_engine.h"

#include <algorithm>
#include <utility>

#include "texture/paint.h"
#include "texture/synthesis.h"

namespace pawfect {
namespace {

using texture::Level;

template <typename T>
constexpr float kLevelsPerSample = sizeof(T) == 1 ? 1.0f : 1.0f / 257.0f;

// Rows [first, last) of the window, as a level's: B, G, R (or grey thrice), 8 bits, and what each
// pixel may be used for.
template <typename T>
void copy_rows(const FillRequest& request, Level& level, int first, int last) {
  const Image& window = request.window;
  const int channels = window.channels, colours = window.colour_channels();
  for (int y = first; y < last; ++y) {
    const auto row = window.row<T>(y);
    const auto hole = request.hole.row(y), unusable = request.unusable.row(y);
    std::uint8_t* pixels = &level.pixels[std::size_t(y) * level.stride * 4];
    std::uint8_t* kind = &level.kind[std::size_t(y) * level.stride];
    const int width = window.width;
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const T sample = row[std::size_t(x) * channels + (colours == 3 ? 2 - c : 0)];
        pixels[4 * x + c] =
            sizeof(T) == 1 ? std::uint8_t(sample) : std::uint8_t((unsigned(sample) + 128u) / 257u);
      }
      kind[x] = hole[x] ? texture::kHole : unusable[x] ? texture::kUnusable : texture::kKnown;
    }
  }
}

template <typename T>
Level level_of(const FillRequest& request, texture::Workers& workers) {
  constexpr int kRowsEach = 32;
  Level level = texture::make_level(request.window.width, request.window.height);
  workers.run_rows(level.height, kRowsEach, level.size(),
                   [&](int first, int last) { copy_rows<T>(request, level, first, last); });
  return level;
}

// Copies and corrects at full depth. Channels beyond the image's own stay 0 and cost nothing to
// speak of.
template <typename T>
void paint_window(const Level& level, const std::vector<std::int32_t>& label,
                  const texture::Settings& settings, texture::Workers& workers, Image& window) {
  const int channels = window.channels;
  const T* samples = window.row<T>(0).data();
  const auto place = [&](int i) {
    const int y = i / level.stride;
    return (std::size_t(y) * window.width + (i - y * level.stride)) * channels;
  };
  const auto read = [&](int i, float* out) {
    const T* p = samples + place(i);
    for (int c = 0; c < 4; ++c) out[c] = c < channels ? float(p[c]) * kLevelsPerSample<T> : 0.0f;
  };
  texture::CorrectionProblem problem =
      texture::correction_problem(level, label, settings, workers, read);
  const PixelRect box = problem.box;
  const texture::Plane<float> u = texture::solve_correction(std::move(problem), settings.screening,
                                                            settings.solver_rounds, workers);
  constexpr float kMost = sizeof(T) == 1 ? 255.0f : 65535.0f;
  T* out = window.row<T>(0).data();
  for_hole_pixels(level, workers, [&](int i) {
    if (label[i] < 0) return;
    const T* from = samples + place(label[i]);
    const int y = i / level.stride;
    const float* add = &u[texture::place_in(box, i - y * level.stride, y) * 4];
    for (int c = 0; c < channels; ++c) {
      const float value = float(from[c]) + add[c] / kLevelsPerSample<T>;
      out[place(i) + c] = T(std::clamp(value + 0.5f, 0.0f, kMost));
    }
  });
}

template <typename T>
Result<FillResult> fill_window(const FillRequest& request, const JobControl& control) {
  const texture::Settings settings;
  texture::Workers workers(std::max(1, request.threads));
  Result<texture::Synthesis> done =
      synthesise(level_of<T>(request, workers), settings, request.seed, workers, control);
  if (!done) return std::unexpected(done.error());
  // The last correction is the peak of memory: what only the search needed goes first.
  Level& level = done->level;
  level.pixels = {}, level.source_ok = {}, level.depth = {}, level.vote_weight = {};
  level.targets = {};
  FillResult result;
  result.window = request.window;
  paint_window<T>(done->level, done->label, settings, workers, result.window);
  control.report("texture", 1.0);
  return result;
}

class TextureEngine final : public FillEngine {
 public:
  std::string_view name() const override { return "texture"; }

  WindowPolicy window_policy() const override { return {}; }

  bool wants_colour_field() const override { return false; }  // the gradient correction is its own

  // Per window pixel: the level (4 colours, kind, source flag, depth), field, label, vote weight,
  // and a third more for the coarser levels. Per hole pixel: the solver's vectors and grids. Per
  // pixel of the hole's box, which can be larger than the hole (four times it is a fair guess): the
  // problem and its solution.
  std::int64_t memory_needed(int width, int height, std::int64_t hole_pixels, int) const override {
    constexpr std::int64_t kWindowBytes = 40, kSolverBytes = 120, kBoxBytes = 34;
    const std::int64_t pixels = std::int64_t{width} * height;
    return pixels * kWindowBytes + hole_pixels * kSolverBytes +
           std::min(pixels, hole_pixels * 4) * kBoxBytes;
  }

  Result<FillResult> fill(const FillRequest& request, const JobControl& control) const override {
    return request.window.depth == SampleDepth::k16 ? fill_window<std::uint16_t>(request, control)
                                                    : fill_window<std::uint8_t>(request, control);
  }
};

}  // namespace

std::unique_ptr<FillEngine> make_texture_engine() { return std::make_unique<TextureEngine>(); }

}  // namespace pawfect
