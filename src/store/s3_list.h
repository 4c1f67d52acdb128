// One page of a bucket's list: the answer to ListObjectsV2, read strictly. Pure; the bytes come
// from outside. Sizes in bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace pawfect {

struct S3Object {
  std::string key;
  std::uint64_t size = 0;
  WallTime written;

  bool operator==(const S3Object&) const = default;
};

struct S3List {
  static constexpr int kMostObjects = 1000;  // what a server gives at once

  std::vector<S3Object> objects;  // by key, ascending
  bool is_truncated = false;      // there are more
};

// Error (kUnavailable): another document, a member of an object missing, twice or no such value,
// keys not in ascending order, more objects than are given at once. Elements that are not needed
// are passed over.
Result<S3List> parse_s3_list(std::string_view text);

}  // namespace pawfect
