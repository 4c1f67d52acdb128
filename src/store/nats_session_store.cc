#include "store/nats_session_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "store/store_key.h"

namespace pawfect {
namespace {

constexpr std::int64_t kNanosecondsInMs = 1'000'000;
constexpr std::int64_t kProgressLives = 600'000 * kNanosecondsInMs;
constexpr std::int64_t kRemovedAreKept = 3'600'000 * kNanosecondsInMs;  // as marks, for feeds
constexpr int kPurgeEvery = 1000;                                       // removals
constexpr int kBatch = 500;                         // documents that a feed gives at once
constexpr Milliseconds kFirstWait{5'000};           // for what is there when a feed begins
constexpr const char* kOperation = "KV-Operation";  // the convention of NATS's own key-value stores

bool is_removal(natsMsg* message) {
  const char* operation = nullptr;
  return natsMsgHeader_Get(message, kOperation, &operation) == NATS_OK && operation != nullptr &&
         (std::string_view(operation) == "DEL" || std::string_view(operation) == "PURGE");
}

Document document_of(natsMsg* message, std::string_view key, Revision revision) {
  Document document{std::string(key), "", revision, is_removal(message)};
  if (!document.is_removed)
    document.text.assign(natsMsg_GetData(message), std::size_t(natsMsg_GetDataLength(message)));
  return document;
}

}  // namespace

// Follows the bucket's stream with an ordered consumer, which cnats makes anew by itself when it
// misses something; when the whole subscription breaks it is made anew behind the last document.
class NatsSessionStore::Feed : public ChangeFeed {
 public:
  Feed(NatsSessionStore& store, Kind kind)
      : store_(store),
        stream_(store.stream(kind)),
        subject_(store.subject(kind, ">")),
        prefix_(store.subject(kind, "")) {}

  Result<std::vector<Document>> next(Milliseconds wait) override {
    if (!subscription_) {
      if (auto made = subscribe(); !made) return std::unexpected(made.error());
    }
    std::vector<Document> documents;
    const bool is_catching_up = last_ < there_at_first_;
    Milliseconds patience = is_catching_up ? std::max(wait, kFirstWait) : wait;
    if (std::exchange(is_first_, false) && !is_catching_up) patience = Milliseconds(0);
    while (int(documents.size()) < kBatch) {
      natsMsg* taken = nullptr;
      const natsStatus status = natsSubscription_NextMsg(
          &taken, subscription_.get(), std::max<std::int64_t>(patience.count(), 1));
      if (status == NATS_TIMEOUT) break;
      if (status != NATS_OK) {
        subscription_.reset();
        if (!documents.empty()) break;
        return std::unexpected(store_.connection_.trouble("following " + stream_, status));
      }
      const NatsMessage message(taken);
      add(message.get(), documents);
      patience = last_ < there_at_first_ ? kFirstWait : Milliseconds(0);
    }
    return documents;
  }

 private:
  Result<void> subscribe() {
    const auto info = store_.connection_.stream_info(stream_);
    if (!info) return std::unexpected(info.error());
    if (last_ == 0) there_at_first_ = (*info)->State.Msgs == 0 ? 0 : (*info)->State.LastSeq;
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = stream_.c_str();
    options.Ordered = true;
    if (last_ == 0) {
      options.Config.DeliverPolicy = js_DeliverLastPerSubject;
    } else {
      options.Config.DeliverPolicy = js_DeliverByStartSequence;
      options.Config.OptStartSeq = last_ + 1;
    }
    natsSubscription* made = nullptr;
    jsErrCode code{};
    const natsStatus status = js_SubscribeSync(&made, store_.connection_.jetstream(),
                                               subject_.c_str(), nullptr, &options, &code);
    if (status != NATS_OK)
      return std::unexpected(store_.connection_.trouble("following " + stream_, status, code));
    subscription_.reset(made);
    natsSubscription_SetPendingLimits(made, -1, -1);
    return {};
  }

  void add(natsMsg* message, std::vector<Document>& documents) {
    jsMsgMetaData* data = nullptr;
    if (natsMsg_GetMetaData(&data, message) != NATS_OK) return;
    const Revision revision = data->Sequence.Stream;
    jsMsgMetaData_Destroy(data);
    if (revision <= last_) return;
    last_ = revision;
    const std::string_view subject = natsMsg_GetSubject(message);
    documents.push_back(document_of(message, subject.substr(prefix_.size()), revision));
  }

  NatsSessionStore& store_;
  std::string stream_, subject_, prefix_;
  NatsSubscription subscription_;
  Revision last_ = 0, there_at_first_ = 0;
  bool is_first_ = true;
};

Result<std::unique_ptr<NatsSessionStore>> NatsSessionStore::open(NatsConnection& connection) {
  std::unique_ptr<NatsSessionStore> store(new NatsSessionStore(connection));
  for (const Kind kind : kEveryKind) {
    if (auto made = store->make_bucket(kind); !made) return std::unexpected(made.error());
  }
  return store;
}

std::string NatsSessionStore::bucket(Kind kind) const {
  return fmt::format("{}_{}", connection_.setup().prefix, kind_name(kind));
}

std::string NatsSessionStore::subject(Kind kind, std::string_view key) const {
  return fmt::format("$KV.{}.{}", bucket(kind), key);
}

// As NATS's own tools make a bucket, so that they can look into it.
Result<void> NatsSessionStore::make_bucket(Kind kind) {
  const std::string name = stream(kind), keys = subject(kind, ">");
  const char* subjects = keys.c_str();
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  config.Name = name.c_str();
  config.Subjects = &subjects;
  config.SubjectsLen = 1;
  config.MaxMsgsPerSubject = 1;
  config.MaxMsgSize = kMostTextBytes + 4096;  // and its headers
  config.Discard = js_DiscardNew;
  config.AllowRollup = true;
  config.DenyDelete = true;
  config.AllowDirect = true;
  config.Replicas = connection_.setup().replicas;
  config.Storage = kind == Kind::kProgress ? js_MemoryStorage : js_FileStorage;
  if (kind == Kind::kProgress) config.MaxAge = kProgressLives;
  return connection_.make_stream(config);
}

Result<std::optional<Document>> NatsSessionStore::newest(Kind kind, std::string_view key) {
  const std::string name = stream(kind), wanted = subject(kind, key);
  natsMsg* found = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_GetLastMsg(&found, connection_.jetstream(), name.c_str(), wanted.c_str(), nullptr, &code);
  if (status == NATS_NOT_FOUND || code == JSNoMessageFoundErr) return std::nullopt;
  if (status != NATS_OK)
    return std::unexpected(connection_.trouble("reading " + wanted, status, code));
  const NatsMessage message(found);
  return document_of(found, key, natsMsg_GetSequence(found));
}

Result<std::optional<Document>> NatsSessionStore::read(Kind kind, std::string_view key) {
  if (auto checked = check_document(key, ""); !checked) return std::unexpected(checked.error());
  auto found = newest(kind, key);
  if (found && *found && (*found)->is_removed) return std::nullopt;
  return found;
}

Result<std::optional<Revision>> NatsSessionStore::write(Kind kind, std::string_view key,
                                                        std::string_view text,
                                                        std::optional<Revision> expected,
                                                        Write what) {
  const std::string wanted = subject(kind, key);
  natsMsg* made = nullptr;
  if (natsMsg_Create(&made, wanted.c_str(), nullptr, text.data(), int(text.size())) != NATS_OK)
    return fail(ErrorCode::kBug, "a NATS message cannot be made");
  NatsMessage message(made);
  if (what == Write::kRemoval) natsMsgHeader_Set(made, kOperation, "DEL");
  jsPubOptions options;
  jsPubOptions_Init(&options);
  if (expected && *expected == 0) options.ExpectNoMessage = true;
  if (expected && *expected != 0) options.ExpectLastSubjectSeq = *expected;
  jsPubAck* ack = nullptr;
  jsErrCode code{};
  const natsStatus status = js_PublishMsg(&ack, connection_.jetstream(), made, &options, &code);
  if (code == JSStreamWrongLastSequenceErr) return std::nullopt;
  if (status != NATS_OK)
    return std::unexpected(connection_.trouble("writing " + wanted, status, code));
  const Revision revision = ack->Sequence;
  jsPubAck_Destroy(ack);
  return revision;
}

Result<std::optional<Revision>> NatsSessionStore::create(Kind kind, std::string_view key,
                                                         std::string_view text) {
  if (auto checked = check_document(key, text); !checked) return std::unexpected(checked.error());
  auto written = write(kind, key, text, Revision{0}, Write::kText);
  if (!written || *written) return written;
  // What is in the way may be the mark of a removal.
  const auto there = newest(kind, key);
  if (!there) return std::unexpected(there.error());
  if (*there && !(*there)->is_removed) return std::nullopt;
  return write(kind, key, text, *there ? (*there)->revision : Revision{0}, Write::kText);
}

Result<std::optional<Revision>> NatsSessionStore::replace(Kind kind, std::string_view key,
                                                          std::string_view text,
                                                          Revision expected) {
  if (auto checked = check_document(key, text); !checked) return std::unexpected(checked.error());
  // The revision of a removal is no document's.
  const auto there = read(kind, key);
  if (!there) return std::unexpected(there.error());
  if (!*there || (*there)->revision != expected) return std::nullopt;
  return write(kind, key, text, expected, Write::kText);
}

Result<void> NatsSessionStore::put(Kind kind, std::string_view key, std::string_view text) {
  if (auto checked = check_document(key, text); !checked) return checked;
  const auto written = write(kind, key, text, std::nullopt, Write::kText);
  if (!written) return std::unexpected(written.error());
  return {};
}

Result<bool> NatsSessionStore::remove(Kind kind, std::string_view key, Revision expected) {
  if (auto checked = check_document(key, ""); !checked) return std::unexpected(checked.error());
  const auto there = read(kind, key);
  if (!there) return std::unexpected(there.error());
  if (!*there) return true;
  if ((*there)->revision != expected) return false;
  const auto written = write(kind, key, "", expected, Write::kRemoval);
  if (!written) return std::unexpected(written.error());
  if (*written && ++removals_ % kPurgeEvery == 0) purge_removed(kind);
  return written->has_value();
}

// Marks of removals would pile up for ever.
void NatsSessionStore::purge_removed(Kind kind) {
  kvStore* store = nullptr;
  if (js_KeyValue(&store, connection_.jetstream(), bucket(kind).c_str()) != NATS_OK) return;
  kvPurgeOptions options;
  kvPurgeOptions_Init(&options);
  options.Timeout = connection_.setup().wait.count();
  options.DeleteMarkersOlderThan = kRemovedAreKept;
  kvStore_PurgeDeletes(store, &options);  // the next one tries again
  kvStore_Destroy(store);
}

Result<std::unique_ptr<ChangeFeed>> NatsSessionStore::follow(Kind kind) {
  return std::make_unique<Feed>(*this, kind);
}

Result<void> NatsSessionStore::check() {
  const auto info = connection_.stream_info(stream(Kind::kJob));
  if (!info) return std::unexpected(info.error());
  return {};
}

}  // namespace pawfect
