// Starting libvips once a process, and its C objects in C++ hands. Libvips runs without its
// operation cache, without loadable modules (ImageMagick, Poppler, ...) and with every untrusted
// loader blocked. Thread-safe; the first call should come before other threads read the
// environment.
#pragma once

#include <vips/vips.h>

#include <memory>
#include <string>

#include "base/error.h"

namespace pawfect {

// Starts libvips when it is not yet running. Error (kBug) when it cannot start.
Result<void> start_vips();

struct VipsUnref {
  template <typename T>
  void operator()(T* object) const {
    g_object_unref(object);
  }
};
using VipsImageHandle = std::unique_ptr<VipsImage, VipsUnref>;
using VipsRegionHandle = std::unique_ptr<VipsRegion, VipsUnref>;

struct GlibFree {
  void operator()(void* memory) const { g_free(memory); }
};
using GlibBuffer = std::unique_ptr<void, GlibFree>;

// What libvips last complained of, as one line; clears its buffer.
std::string take_vips_error();

}  // namespace pawfect
