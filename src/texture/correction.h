// Gradient correction: the smooth field that, added to a copied hole, makes the steps between
// pieces and to the surroundings what they should be (Poisson editing, Perez et al. 2003, with
// screening). Solved per channel by conjugate gradients with a multigrid V-cycle as preconditioner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/rect.h"
#include "texture/plane.h"
#include "texture/workers.h"

namespace pawfect::texture {

// For every unknown p: (n_p + screening) u_p - sum over unknown neighbours u_q = right_p. n_p
// counts the neighbours that are coupled: unknown ones, and known ones, which hold u = 0; not those
// beyond the picture or unusable. All planes are box.width * box.height, rows without padding.
struct CorrectionProblem {
  PixelRect box;                      // where it lies in the level
  std::vector<std::uint8_t> unknown;  // 1 = u is asked for
  std::vector<std::uint8_t> coupled;  // 1 = unknown, or known with u = 0
  Plane<float> right;                 // 4 a pixel
};

// Pixel number, in the planes of a problem and of its solution, of a level place.
inline std::size_t place_in(const PixelRect& box, int x, int y) {
  return std::size_t(y - box.y) * box.width + (x - box.x);
}

// Returns u, 4 floats a pixel of the box. The problem is taken by value because its planes are
// given back before the solver's own are made: hand it over with std::move where memory counts.
// `rounds` of conjugate gradients; each takes a residual to roughly a third.
Plane<float> solve_correction(CorrectionProblem problem, float screening, int rounds,
                              Workers& workers);

// Euclidean norm of the residual over all unknowns and channels.
double correction_residual(const CorrectionProblem& problem, const Plane<float>& u,
                           float screening);

}  // namespace pawfect::texture
