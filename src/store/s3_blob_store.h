// BlobStore in a bucket of an S3 server (Amazon S3, MinIO, Ceph and others): docs/blobs.md. What is
// read lies in files without names in the spool folder. Safe from any thread. A request takes at
// most tries x (time + pause); put() makes two, list() one for each page, the others one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "config/service_config.h"
#include "store/blob_store.h"

namespace pawfect {

struct S3BlobSetup {
  ServiceConfig::Blobs blobs;      // its s3_ members
  std::filesystem::path spool;     // a folder that is there, on the local disk
  std::function<double()> random;  // evenly in 0..1; called by one thread at a time

  Milliseconds connect_time{5'000};
  Milliseconds check_time{5'000};  // of check(), which tries once
  int slow_s = 10;                 // a transfer below 1 KiB/s for so many seconds is given up
  Milliseconds first_pause{200}, longest_pause{5'000};  // between tries
  std::uint64_t most_blob_bytes = 2ull << 30;
  std::size_t most_list_bytes = 4 << 20;
  int list_page = 1000;  // objects asked for at once; no server gives more
};

// Nothing is asked of the server yet. Error (kUsage): a key of [blobs] or the spool folder.
Result<std::unique_ptr<BlobStore>> open_s3_blob_store(S3BlobSetup setup);

}  // namespace pawfect
