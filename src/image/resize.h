// Another size for a picture: Lanczos with three lobes, widened to cover the whole area of a new
// pixel when the picture shrinks, so that fine detail is averaged and not sampled. Pixel centres
// keep their place. (libvips' own resize moves an enlarged picture by half a pixel and takes the
// places of a reduced one to a quarter; a fill that is pasted back must fit to the pixel.) Works on
// the samples as they are stored, gamma-encoded. Pure function, the same bytes every time.
#pragma once

#include "image/image.h"

namespace pawfect {

// The same channels and depth at width x height (both at least 1); each axis is scaled by itself.
// Alpha is scaled like a colour. Time is linear in the pixels of the larger picture.
Image resize_image(const Image& image, int width, int height);

}  // namespace pawfect
