#include "store/session_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/store_key.h"

namespace pawfect {
namespace {

constexpr std::size_t kMostKeyBytes = 100;

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kSession:
      return "session";
    case Kind::kJob:
      return "job";
    case Kind::kReport:
      return "report";
    case Kind::kIdempotency:
      return "idempotency";
    case Kind::kProgress:
      return "progress";
  }
  std::unreachable();
}

Result<void> check_document(std::string_view key, std::string_view text) {
  if (key.empty() || key.size() > kMostKeyBytes || !std::ranges::all_of(key, is_key_character)) {
    return fail(ErrorCode::kBug,
                fmt::format("a document's key of {} bytes is none: 1 to {} of a-z, 0-9, '.', '_', "
                            "'-' are one",
                            key.size(), kMostKeyBytes));
  }
  if (text.size() > SessionStore::kMostTextBytes) {
    return fail(ErrorCode::kBug, fmt::format("document {}: {} bytes; {} are allowed", key,
                                             text.size(), SessionStore::kMostTextBytes));
  }
  return {};
}

}  // namespace pawfect
