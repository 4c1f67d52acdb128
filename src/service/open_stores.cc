#include "service/open_stores.h"

#include <fmt/format.h>

#include <utility>

#include "base/random_id.h"
#include "store/file_blob_store.h"
#include "store/nats_connection.h"
#include "store/nats_queue.h"
#include "store/nats_session_store.h"
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

class NatsStores : public OpenStores {
 public:
  NatsStores(std::unique_ptr<NatsConnection> connection, std::unique_ptr<NatsSessionStore> sessions,
             std::unique_ptr<NatsQueue> queue, std::unique_ptr<BlobStore> blobs)
      : connection_(std::move(connection)),
        sessions_(std::move(sessions)),
        queue_(std::move(queue)),
        blobs_(std::move(blobs)) {}

  Stores stores() override { return {*sessions_, *queue_, *blobs_}; }

 private:
  std::unique_ptr<NatsConnection> connection_;  // outlives the two below
  std::unique_ptr<NatsSessionStore> sessions_;
  std::unique_ptr<NatsQueue> queue_;
  std::unique_ptr<BlobStore> blobs_;
};

Result<std::unique_ptr<OpenStores>> open_nats(const ServiceConfig::Store& store,
                                              std::unique_ptr<BlobStore> blobs,
                                              const EventLog& log) {
  NatsSetup setup;
  setup.urls = store.nats_url;
  setup.credentials = store.nats_credentials;
  setup.prefix = store.nats_prefix;
  setup.replicas = store.nats_replicas;
  auto connection = NatsConnection::open(std::move(setup));
  if (!connection) return std::unexpected(connection.error());
  for (const std::string& warning : (*connection)->warnings())
    log.warning("nats", {{"warning", warning}});
  auto sessions = NatsSessionStore::open(**connection);
  if (!sessions) return std::unexpected(sessions.error());
  auto queue = NatsQueue::open(**connection);
  if (!queue) return std::unexpected(queue.error());
  return std::make_unique<NatsStores>(std::move(*connection), std::move(*sessions),
                                      std::move(*queue), std::move(blobs));
}

Result<std::unique_ptr<OpenStores>> open_sqlite(const std::filesystem::path& data,
                                                const Clock& clock, DataFolder::Use use,
                                                std::unique_ptr<BlobStore> blobs) {
  auto sessions = SqliteSessionStore::open(data);
  if (!sessions) return std::unexpected(sessions.error());
  auto queue = SqliteQueue::open(data, clock);
  if (!queue) return std::unexpected(queue.error());
  if (use == DataFolder::Use::kAlone) {
    if (auto freed = (*queue)->free_taken(); !freed) return std::unexpected(freed.error());
  }
  return std::make_unique<SqliteStores>(std::move(*sessions), std::move(*queue), std::move(blobs));
}

}  // namespace

Result<std::unique_ptr<OpenStores>> OpenStores::open(const ServiceConfig& config,
                                                     const Clock& clock, const EventLog& log,
                                                     DataFolder::Use use) {
  auto blobs = open_blobs(config);
  if (!blobs) return std::unexpected(blobs.error());
  if (config.store.kind == "nats") return open_nats(config.store, std::move(*blobs), log);
  return open_sqlite(config.store.data, clock, use, std::move(*blobs));
}

}  // namespace pawfect
