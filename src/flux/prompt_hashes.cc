#include "flux/prompt_hashes.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <span>
#include <system_error>
#include <tuple>

#include "flux/prompt_file.h"
#include "weights/mapped_file.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = 16 * 1024;  // of a remembered hash: a path and numbers
constexpr std::size_t kPiece = 16 << 20;         // between two looks at the stop token

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// What tells that a file is still the same one: its path, place on the disk, size and times. Empty
// when there is no such file.
std::string mark_of(const fs::path& path) {
  struct stat about{};
  std::error_code error;
  const fs::path full = fs::canonical(path, error);
  if (error || ::stat(full.c_str(), &about) != 0) return {};
  return fmt::format("{}\n{} {} {} {}.{:09} {}.{:09}\n", full.string(), about.st_dev, about.st_ino,
                     about.st_size, about.st_mtim.tv_sec, about.st_mtim.tv_nsec,
                     about.st_ctim.tv_sec, about.st_ctim.tv_nsec);
}

// One remembered hash: the file's mark, the digest, and the digest of both, against damage.
std::string remembered(const std::string& mark, const Digest& digest) {
  const std::string body = mark + hex(digest) + "\n";
  return body + hex(sha256(bytes_of(body))) + "\n";
}

Digest parse_hex(std::string_view text) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Digest digest;
  for (std::size_t k = 0; k < digest.size(); ++k)
    digest[k] = std::uint8_t(value(text[2 * k]) << 4 | value(text[2 * k + 1]));
  return digest;
}

Result<Digest> compute(const fs::path& path, const std::stop_token& stop) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return std::unexpected(file.error());
  const std::span<const std::byte> bytes = file->bytes();
  file->advise(0, bytes.size(), Advice::kSequential);
  Sha256 hash;
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    if (stop.stop_requested())
      return fail(ErrorCode::kCancelled, "cancelled while a model file was hashed");
    hash.add(bytes.subspan(at, std::min(kPiece, bytes.size() - at)));
  }
  if (file->is_damaged()) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: the file was cut or could not be read while it was hashed; fetch "
                            "it again and leave it alone while it is in use",
                            printable_path(path)));
  }
  return hash.finish();
}

}  // namespace

Result<Digest> FileHashes::hash(const fs::path& path, const std::stop_token& stop) {
  const std::string mark = mark_of(path);
  if (const auto found = known_.find(mark); found != known_.end()) return found->second;
  const fs::path memory =
      folder_.empty() ? fs::path() : folder_ / (hex(sha256(bytes_of(mark))) + ".hash");
  if (!memory.empty()) {
    const std::optional<std::string> text = read_memory(memory, kMostBytes);
    const std::size_t digits = 2 * sizeof(Digest);
    if (text && text->size() == mark.size() + 2 * (digits + 1)) {
      const Digest digest = parse_hex(std::string_view(*text).substr(mark.size(), digits));
      if (*text == remembered(mark, digest)) return known_[mark] = digest;
    }
  }
  const Result<Digest> digest = compute(path, stop);
  if (!digest) return digest;
  ++computed_;
  if (mark.empty() || mark_of(path) != mark) return digest;  // it changes while we look
  known_[mark] = *digest;
  // Not remembered on a full or read-only disk: then it is computed again.
  if (!memory.empty()) std::ignore = write_memory(memory, remembered(mark, *digest));
  return digest;
}

}  // namespace pawfect
