#include "image/bytes.h"

namespace pawfect {

// Out of line: inlined, these make GCC 12 warn of overflows that cannot be.

void append(ByteVector& out, ByteSpan bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void append(ByteVector& out, std::string_view text) { append(out, as_bytes(text)); }

void append_number(ByteVector& out, std::uint32_t value, int count, ByteOrder order) {
  out.resize(out.size() + std::size_t(count));
  put_number(out, out.size() - std::size_t(count), value, count, order);
}

}  // namespace pawfect
