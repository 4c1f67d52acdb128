// Where the blobs are on an S3 server: the addresses of the bucket, of a blob's object and of a
// page of the bucket's list, path-style ("https://host/bucket/key"), as every S3 server takes them.
// Value type; checked once when it is made, so that no other part has to encode or to doubt.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "config/service_config.h"

namespace pawfect {

class S3Address {
 public:
  // Error (kUsage): which key of [blobs] is wrong, what was found and what is allowed.
  static Result<S3Address> create(const ServiceConfig::Blobs& blobs);

  std::string bucket_url() const { return base_; }
  std::string object_url(std::string_view name) const { return base_ + '/' + key(name); }
  // Objects whose keys begin with key(prefix), after the key `after` (empty: from the first).
  std::string list_url(std::string_view prefix, std::string_view after_key, int most) const;

  // A blob's key in the bucket: its name below the folder that [blobs] s3_prefix names.
  std::string key(std::string_view name) const { return folder_ + std::string(name); }
  // The name again; the key begins with key("").
  std::string_view name(std::string_view key) const { return key.substr(folder_.size()); }

  // `bucket "pictures" at https://host`, for messages. There is no secret in it.
  const std::string& place() const { return place_; }

 private:
  S3Address() = default;

  std::string base_;    // with the bucket, without '/' at the end
  std::string folder_;  // empty, or with '/' at the end
  std::string place_;
};

}  // namespace pawfect
