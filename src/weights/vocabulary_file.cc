#include "weights/vocabulary_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

#include "weights/mapped_file.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

std::unexpected<Error> too_long(std::string_view name, std::string_view state) {
  return fail(
      ErrorCode::kModelMissing,
      fmt::format("{}: has over {} MiB{}, which is the most a vocabulary may have; give the "
                  "tokenizer's own file",
                  name, kMaxVocabularyBytes >> 20, state));
}

struct EndInflate {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

}  // namespace

Result<std::string> read_vocabulary_file(const std::filesystem::path& path) {
  const std::string name = printable_path(path);
  const auto file = MappedFile::open(path);
  if (!file) return std::unexpected(file.error());
  const auto bytes = file->bytes();
  if (bytes.size() > kMaxVocabularyBytes) return too_long(name, "");
  std::string copy(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (file->is_damaged()) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: became shorter while it was read; fetch it again", name));
  }
  return unpacked(std::move(copy), name);
}

Result<std::string> unpacked(std::string bytes, std::string_view name) {
  if (!bytes.starts_with("\x1F\x8B")) return bytes;
  z_stream stream{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;  // zlib.h, inflateInit2
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) {
    return fail(ErrorCode::kBug, fmt::format("{}: zlib cannot start; tell the makers", name));
  }
  const std::unique_ptr<z_stream, EndInflate> owner(&stream);

  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = uInt(bytes.size());
  std::string out;
  std::string piece(256 * 1024, '\0');
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = uInt(piece.size());
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(piece, 0, piece.size() - stream.avail_out);
    if (out.size() > kMaxVocabularyBytes) return too_long(name, " unpacked");
  }
  if (state != Z_STREAM_END || stream.avail_in != 0) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: the gzip data is damaged or cut off; fetch the file again", name));
  }
  return out;
}

}  // namespace pawfect
