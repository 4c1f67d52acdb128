#include "texture/paint.h"

#include <utility>

namespace pawfect::texture {

void paint_level(Level& level, const std::vector<std::int32_t>& label, const Settings& settings,
                 int rounds, Workers& workers) {
  if (level.hole_pixels.empty()) return;
  std::uint8_t* pixels = level.pixels.data();
  const auto read = [pixels](int i, float* out) {
    for (int c = 0; c < 4; ++c) out[c] = float(pixels[std::size_t(i) * 4 + c]);
  };
  CorrectionProblem problem = correction_problem(level, label, settings, workers, read);
  const PixelRect box = problem.box;
  const Plane<float> u = solve_correction(std::move(problem), settings.screening, rounds, workers);
  for_hole_pixels(level, workers, [&](int i) {
    if (label[i] < 0) return;
    const int y = i / level.stride, x = i - y * level.stride;
    const float* add = &u[place_in(box, x, y) * 4];
    for (int c = 0; c < 4; ++c) {
      const float value = float(pixels[std::size_t(label[i]) * 4 + c]) + add[c];
      pixels[std::size_t(i) * 4 + c] = std::uint8_t(std::clamp(value + 0.5f, 0.0f, 255.0f));
    }
  });
}

}  // namespace pawfect::texture
