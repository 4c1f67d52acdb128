#include "store/blob_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/job_message.h"
#include "store/blob_name.h"

namespace pawfect {
namespace {

bool is_hexadecimal(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

std::string_view BlobStore::digest_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view digest = name.substr(dot + 1);
  const bool is_one = digest.size() == kDigestLength && std::ranges::all_of(digest, is_hexadecimal);
  return is_one ? digest : std::string_view{};
}

Result<void> check_blob_name(std::string_view name) {
  if (blob_name(name) && !BlobStore::digest_of(name).empty()) return {};
  return fail(ErrorCode::kBadInput,
              fmt::format("'{}' is no blob's name: one ends in '.' and the SHA-256 of its bytes",
                          name.substr(0, 100)));
}

}  // namespace pawfect
