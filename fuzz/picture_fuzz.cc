// From the bytes of a photo to the bytes of a file again: what is decoded has the announced form,
// and writing it back works or says why. Pictures over 100 pixels a side are passed over, to stay
// quick.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "image/limits.h"
#include "image/load.h"
#include "image/save.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pawfect::ImageLimits limits;
  limits.max_side = 100;
  auto photo = pawfect::load_image_bytes(std::span(data, size), "input", limits);
  if (!photo) return 0;
  const pawfect::Image& image = photo->image;
  const std::size_t bytes = std::size_t(image.width) * image.height * image.bytes_per_pixel();
  if (image.width > 100 || image.height > 100 || image.bytes.size() != bytes) std::abort();
  const auto written =
      pawfect::encode_image(image, photo->source, photo->source.container, pawfect::SaveOptions{});
  if (!written) {
    if (written.error().code == pawfect::ErrorCode::kBug) std::abort();
    return 0;
  }
  // What we write we can read, in the same form.
  const auto again = pawfect::load_image_bytes(written->bytes, "output", limits);
  if (!again || again->image.width != image.width || again->image.height != image.height) {
    std::abort();
  }
  const bool is_lossless = photo->source.was_lossless && again->source.was_lossless;
  if (is_lossless && again->image.bytes != image.bytes) std::abort();
  return 0;
}
