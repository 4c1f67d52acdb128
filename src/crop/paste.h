// Cut a window out of the photo, and put a fill back at native resolution. Whole numbers
// throughout, so that a pixel of weight 0 keeps its bytes and one of weight 255 takes the fill's.
// Pure functions.
#pragma once

#include "base/rect.h"
#include "crop/window.h"
#include "image/image.h"
#include "mask/mask.h"

namespace pawfect {

// A copy of the pixels in `rect`, which lies inside the photo.
Image cut_out(const Image& photo, const PixelRect& rect);

// Blends `filled` (the size of the window, the photo's channels and depth) into the photo at
// window.rect: out = (photo * (255 - w) + fill * w) / 255, rounded to nearest, w = composite on the
// window's own hole pixels and 0 elsewhere. `composite` has the size of the photo. Alpha is blended
// like any channel: the engine has filled it too, and a removed object takes its opacity along.
void paste_back(Image& photo, const Image& filled, const Window& window, const Mask& composite);

}  // namespace pawfect
