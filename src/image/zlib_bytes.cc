#include "image/zlib_bytes.h"

#include <zlib.h>

#include <algorithm>

namespace pawfect {

std::optional<ByteVector> inflated(ByteSpan stream, std::size_t max_bytes) {
  z_stream z{};
  if (stream.size() > 0x7FFFFFFF || inflateInit(&z) != Z_OK) return std::nullopt;
  z.next_in = const_cast<Bytef*>(stream.data());  // zlib does not write there
  z.avail_in = uInt(stream.size());
  ByteVector out;
  int state = Z_OK;
  while (state == Z_OK && out.size() < max_bytes) {
    const std::size_t before = out.size();
    const std::size_t room =
        std::min<std::size_t>(max_bytes - before, std::max<std::size_t>(before, 16384));
    out.resize(before + room);
    z.next_out = out.data() + before;
    z.avail_out = uInt(room);
    state = inflate(&z, Z_NO_FLUSH);
    out.resize(before + room - z.avail_out);
  }
  inflateEnd(&z);
  if (state != Z_STREAM_END) return std::nullopt;
  return out;
}

ByteVector deflated(ByteSpan bytes) {
  uLongf size = compressBound(uLong(bytes.size()));
  ByteVector out(size);
  // compress2 fails only without memory or room, and there is room.
  if (compress2(out.data(), &size, bytes.data(), uLong(bytes.size()), 6) != Z_OK) size = 0;
  out.resize(size);
  return out;
}

}  // namespace pawfect
