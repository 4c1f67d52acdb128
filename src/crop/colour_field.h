// Colour field: takes a tint that an engine put on its fill away again. The colours of a picture
// that went through a VAE drift, and not by the same amount everywhere, so one offset does not do.
// The difference between the photo and the engine's picture is read on a ring just outside the hole
// and extended into the hole as a membrane (Laplace's equation). Gamma-encoded samples as they are
// in the file. Pure function.
#pragma once

#include "image/image.h"
#include "mask/mask.h"

namespace pawfect {

// `filled` is the engine's whole window, `window` the photo's; all four have the same size. Only
// hole pixels of `filled` change. Pixels that are `unusable`, fully transparent or outside the
// picture lend no difference; a hole without any ring stays as it is. Time is linear in the hole's
// box.
void add_colour_field(Image& filled, const Image& window, const Mask& hole, const Mask& unusable);

}  // namespace pawfect
