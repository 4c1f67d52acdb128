#include "flux/prompt_cache.h"

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <system_error>

#include "base/checked.h"
#include "flux/prompt_file.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "entries are little-endian");

// The file: this header, the numbers of T5, those of CLIP, the SHA-256 of all before it.
struct Header {
  char magic[8] = {'P', 'A', 'W', 'P', 'R', 'O', 'M', 'P'};
  std::uint32_t version = 1;
  std::uint32_t flags = 0;
  std::uint64_t length = 0;      // rows of T5
  std::uint64_t t5_numbers = 0;  // length x width
  std::uint64_t pooled_numbers = 0;
  Digest key = {};
};
static_assert(sizeof(Header) == 72);

constexpr std::uint32_t kT5Truncated = 1, kClipTruncated = 2;
constexpr std::uint64_t kMostBytes = 256 << 20;  // 512 rows of T5-XXL are 8 MiB

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string_view text_of(std::span<const float> numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()};
}

std::string_view text_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::vector<float> numbers_of(std::string_view text) {
  std::vector<float> numbers(text.size() / sizeof(float));
  std::memcpy(numbers.data(), text.data(), text.size());
  return numbers;
}

// Empty for anything that `store` would not have written.
std::optional<PromptEmbedding> parse(std::string_view content, const Digest& key) {
  Header header;
  if (content.size() < sizeof header + sizeof(Digest)) return std::nullopt;
  std::memcpy(&header, content.data(), sizeof header);
  const Header known;
  if (std::memcmp(header.magic, known.magic, sizeof known.magic) != 0 ||
      header.version != known.version || header.key != key)
    return std::nullopt;
  const std::string_view body = content.substr(0, content.size() - sizeof(Digest));
  if (text_of(sha256(bytes_of(body))) != content.substr(body.size())) return std::nullopt;
  const auto count = checked_add(header.t5_numbers, header.pooled_numbers);
  const auto bytes = count ? checked_multiply(*count, std::uint64_t{sizeof(float)}) : std::nullopt;
  if (!bytes || *bytes != body.size() - sizeof header) return std::nullopt;
  if (header.length == 0 || header.t5_numbers % header.length != 0) return std::nullopt;
  PromptEmbedding out;
  const std::size_t t5_bytes = header.t5_numbers * sizeof(float);
  out.t5 = numbers_of(body.substr(sizeof header, t5_bytes));
  out.pooled = numbers_of(body.substr(sizeof header + t5_bytes));
  out.length = int(header.length);
  out.t5_truncated = (header.flags & kT5Truncated) != 0;
  out.clip_truncated = (header.flags & kClipTruncated) != 0;
  return out;
}

}  // namespace

fs::path PromptCache::default_folder() {
  // A relative XDG_CACHE_HOME is to be ignored (XDG base directory specification).
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return fs::path(cache) / "pawfect" / "prompts";
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return fs::path(home) / ".cache" / "pawfect" / "prompts";
  return {};
}

fs::path PromptCache::path_of(const Digest& key) const { return folder_ / (hex(key) + ".prompt"); }

std::optional<PromptEmbedding> PromptCache::find(const Digest& key) const {
  if (folder_.empty()) return std::nullopt;
  const fs::path path = path_of(key);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  const std::optional<std::string> content = read_memory(path, kMostBytes);
  std::optional<PromptEmbedding> entry;
  if (content) entry = parse(*content, key);
  if (!entry) fs::remove(path, ignored);
  return entry;
}

Result<void> PromptCache::store(const Digest& key, const PromptEmbedding& embedding) const {
  if (folder_.empty()) return {};
  Header header;
  header.flags =
      (embedding.t5_truncated ? kT5Truncated : 0) | (embedding.clip_truncated ? kClipTruncated : 0);
  header.length = std::uint64_t(embedding.length);
  header.t5_numbers = embedding.t5.size();
  header.pooled_numbers = embedding.pooled.size();
  header.key = key;
  std::string content(reinterpret_cast<const char*>(&header), sizeof header);
  content += text_of(embedding.t5);
  content += text_of(embedding.pooled);
  content += text_of(sha256(bytes_of(content)));
  return write_memory(path_of(key), content);
}

}  // namespace pawfect
