// The size at which the model sees a window. Pixels. Pure function.
#pragma once

namespace pawfect {

// What a side may be; multiples of 16.
struct SizePolicy {
  int smallest = 512;  // below it the model has seen few pictures
  int largest = 1024;  // above it neither, and the cost grows with more than the area
  // How far a large window is scaled down before more tokens are spent on it: to this share.
  double scale = 0.5;
};

struct WorkingSize {
  int width = 0, height = 0;

  bool operator==(const WorkingSize&) const = default;
};

// For a window of width x height pixels: its longer side is scaled by policy.scale, kept within
// smallest and largest; the shorter one follows and is at least `smallest`, except where a window
// is more than twice as long as wide. Multiples of 16, so the two axes' scales differ a little.
WorkingSize choose_working_size(int width, int height, const SizePolicy& policy);

}  // namespace pawfect
