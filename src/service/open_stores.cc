#include "service/open_stores.h"

#include <fmt/format.h>

#include <utility>

#include "base/random_id.h"
#include "store/file_blob_store.h"
#include "store/s3_blob_store.h"
#include "store/sqlite_queue.h"
#include "store/sqlite_session_store.h"

namespace pawfect {
namespace {

Result<std::unique_ptr<BlobStore>> open_blobs(const ServiceConfig& config) {
  if (config.blobs.kind == "files")
    return FileBlobStore::open(config.store.data / "blobs", config.store.least_free_bytes);
  S3BlobSetup setup;
  setup.blobs = config.blobs;
  setup.spool = config.store.data / "spool";
  setup.random = random_fraction;
  return open_s3_blob_store(std::move(setup));
}

class SqliteStores : public OpenStores {
 public:
  SqliteStores(std::unique_ptr<SqliteSessionStore> sessions, std::unique_ptr<SqliteQueue> queue,
               std::unique_ptr<BlobStore> blobs)
      : sessions_(std::move(sessions)), queue_(std::move(queue)), blobs_(std::move(blobs)) {}

  Stores stores() override { return {*sessions_, *queue_, *blobs_}; }

 private:
  std::unique_ptr<SqliteSessionStore> sessions_;
  std::unique_ptr<SqliteQueue> queue_;
  std::unique_ptr<BlobStore> blobs_;
};

}  // namespace

Result<std::unique_ptr<OpenStores>> OpenStores::open(const ServiceConfig& config,
                                                     const Clock& clock, const EventLog& log) {
  auto blobs = open_blobs(config);
  if (!blobs) return std::unexpected(blobs.error());
  auto sessions = SqliteSessionStore::open(config.store.data);
  if (!sessions) return std::unexpected(sessions.error());
  auto queue = SqliteQueue::open(config.store.data, clock);
  if (!queue) return std::unexpected(queue.error());
  log.debug("stores_open", {{"data", config.store.data.string()}});
  return std::make_unique<SqliteStores>(std::move(*sessions), std::move(*queue), std::move(*blobs));
}

}  // namespace pawfect
