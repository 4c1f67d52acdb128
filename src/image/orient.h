// EXIF orientation. Pure functions.
#pragma once

#include "image/image.h"

namespace pawfect {

// True for the orientations that exchange width and height.
inline bool is_turned(int orientation) { return orientation >= 5 && orientation <= 8; }

// The picture as it is to be seen. `orientation` (CIPA DC-008, tag 0x0112) says which side of the
// seen picture the stored row 0 and column 0 are: 1 top left, 2 top right, 3 bottom right, 4 bottom
// left, 5 left top, 6 right top, 7 right bottom, 8 left bottom. Every sample is moved, none
// changed.
Image upright(Image stored, int orientation);

}  // namespace pawfect
