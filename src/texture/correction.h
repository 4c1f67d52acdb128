// Gradient correction: the smooth field that, added to a copied hole, makes the steps between pieces
// and to the surroundings as small as the sources' own steps are (Poisson editing, Perez et al. 2003,
// with screening). Solved per channel by red-black multigrid on the hole's bounding box.
#pragma once

#include <cstdint>
#include <vector>

#include "base/rect.h"

namespace pawfect::texture {

// A four-channel grid problem: (n_p + screening) u_p - sum over coupled neighbours u_q = right_p for
// every unknown p; u = 0 elsewhere. n_p counts the neighbours of p that are coupled: unknown ones and
// known ones (which hold u = 0), not those beyond the picture or unusable.
struct CorrectionProblem {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> unknown;   // width * height
  std::vector<std::uint8_t> coupled;   // 1 = a wall-free cell: unknown, or known with u = 0
  std::vector<float> right;            // 4 per pixel
};

// Returns u, 4 floats a pixel.
std::vector<float> solve_correction(const CorrectionProblem& problem, float screening, int v_cycles);

// Euclidean norm of the residual over all unknowns and channels; for tests.
double correction_residual(const CorrectionProblem& problem, const std::vector<float>& u, float screening);

}  // namespace pawfect::texture
