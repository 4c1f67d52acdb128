#include "store/nats_session_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "store/store_key.h"

namespace pawfect {
namespace {

constexpr std::int64_t kNanosecondsInMs = 1'000'000;
constexpr std::int64_t kProgressLives = 600'000 * kNanosecondsInMs;
constexpr int kPurgeEvery = 500;           // removals
constexpr int kMostPurged = 2'000;         // marks of removals, at once
constexpr int kBatch = 500;                // documents that a feed gives at once
constexpr Milliseconds kFirstWait{5'000};  // for what is there when a feed begins
constexpr std::int64_t kHeartbeat = 5'000 * kNanosecondsInMs;  // flow control asks for one
constexpr std::chrono::seconds kProbeEvery{2};                 // of a feed that hears nothing
constexpr int kMostCreations = 50;  // rounds, while another writer is at it
constexpr Milliseconds kCreationPause{20};
constexpr const char* kOperation = "KV-Operation";  // the convention of NATS's own key-value stores
// Of a cluster: another write to the key is under way. cnats 3.4 has no name for it.
constexpr auto kAnotherIsUnderWay = jsErrCode(10164);

using KvStore = std::unique_ptr<kvStore, NatsFree<kvStore_Destroy>>;
using KvWatcher = std::unique_ptr<kvWatcher, NatsFree<kvWatcher_Destroy>>;
using KvEntry = std::unique_ptr<kvEntry, NatsFree<kvEntry_Destroy>>;
using ConsumerInfo = std::unique_ptr<jsConsumerInfo, NatsFree<jsConsumerInfo_Destroy>>;

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

// Follows the bucket's stream with a consumer that numbers what it sends and wants no answers. It
// is made anew, behind the last document, when a number is missing, after every break of the
// connection, and when a look at a silent one shows that the server has lost it or that what it
// sent did not arrive. (The ordered consumers of cnats 3.4 notice the last two after ten seconds,
// and repair themselves on threads of their own.)
class NatsSessionStore::Feed : public ChangeFeed {
 public:
  Feed(NatsSessionStore& store, Kind kind)
      : store_(store),
        kind_(kind),
        stream_(store.stream(kind)),
        subject_(store.subject(kind, ">")),
        prefix_(store.subject(kind, "")) {}

  Result<std::vector<Document>> next(Milliseconds wait) override {
    if (auto up = store_.connection_.reachable(); !up) return std::unexpected(up.error());
    if (subscription_ && store_.connection_.reconnects() != reconnects_) subscription_.reset();
    if (!subscription_) {
      if (auto made = subscribe(); !made) return std::unexpected(made.error());
    }
    std::vector<Document> documents;
    Milliseconds patience = to_come_ > 0 ? std::max(wait, kFirstWait) : wait;
    if (std::exchange(is_first_, false) && to_come_ == 0) patience = Milliseconds(0);
    while (int(documents.size()) < kBatch) {
      natsMsg* taken = nullptr;
      const natsStatus status = natsSubscription_NextMsg(
          &taken, subscription_.get(), std::max<std::int64_t>(patience.count(), 1));
      if (status == NATS_TIMEOUT) {
        to_come_ = 0;  // some of it was removed in the meantime
        break;
      }
      if (status != NATS_OK) {
        subscription_.reset();
        if (!documents.empty()) break;
        return std::unexpected(store_.connection_.trouble("following " + stream_, status));
      }
      const NatsMessage message(taken);
      if (!add(message.get(), documents)) {
        subscription_.reset();
        break;
      }
      if (to_come_ > 0) --to_come_;
      patience = to_come_ > 0 ? kFirstWait : Milliseconds(0);
    }
    if (documents.empty() && subscription_) {
      if (auto heard = probe(); !heard) return std::unexpected(heard.error());
    }
    return documents;
  }

 private:
  using Steady = std::chrono::steady_clock;

  Result<void> subscribe() {
    reconnects_ = store_.connection_.reconnects();
    if (kind_ == Kind::kProgress) {
      if (auto made = store_.make_bucket(kind_); !made) return made;
    }
    const auto info = store_.connection_.stream_info(stream_);
    if (!info) return std::unexpected(info.error());
    // A bucket in memory was lost with its server and counts from the start again.
    if ((*info)->State.LastSeq < last_) last_ = 0;
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = stream_.c_str();
    options.Config.AckPolicy = js_AckNone;
    options.Config.MemoryStorage = true;
    options.Config.Replicas = 1;
    options.Config.FlowControl = true;
    options.Config.Heartbeat = kHeartbeat;
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
    NatsSubscription subscription(made);
    natsSubscription_SetPendingLimits(made, -1, -1);
    const auto consumer = consumer_info(made);
    if (!consumer) return std::unexpected(consumer.error());
    // What was there at first is given whole, whatever the patience of who asks.
    if (is_first_) to_come_ = (*consumer)->NumPending + (*consumer)->Delivered.Consumer;
    subscription_ = std::move(subscription);
    next_number_ = 1;
    heard_at_ = Steady::now();
    is_late_ = false;
    return {};
  }

  Result<ConsumerInfo> consumer_info(natsSubscription* subscription) {
    jsConsumerInfo* info = nullptr;
    jsErrCode code{};
    const natsStatus status = natsSubscription_GetConsumerInfo(&info, subscription, nullptr, &code);
    if (status != NATS_OK)
      return std::unexpected(store_.connection_.trouble("following " + stream_, status, code));
    return ConsumerInfo(info);
  }

  // Whether silence means that nothing happened.
  Result<void> probe() {
    if (auto up = store_.connection_.reachable(); !up) return up;
    if (Steady::now() - heard_at_ < kProbeEvery) return {};
    heard_at_ = Steady::now();
    const auto info = consumer_info(subscription_.get());
    if (!info) {
      subscription_.reset();
      return std::unexpected(info.error());
    }
    const bool is_sent = (*info)->Delivered.Consumer > 0 && (*info)->Delivered.Stream > last_;
    const bool was_late = std::exchange(is_late_, is_sent || (*info)->NumPending > 0);
    if (was_late && is_late_) subscription_.reset();
    return {};
  }

  // False: something is missing before it.
  bool add(natsMsg* message, std::vector<Document>& documents) {
    heard_at_ = Steady::now();
    is_late_ = false;
    jsMsgMetaData* data = nullptr;
    if (natsMsg_GetMetaData(&data, message) != NATS_OK) return false;
    const std::uint64_t number = data->Sequence.Consumer;
    const Revision revision = data->Sequence.Stream;
    jsMsgMetaData_Destroy(data);
    if (number != next_number_) return false;
    ++next_number_;
    if (revision <= last_) return true;
    last_ = revision;
    const std::string_view subject = natsMsg_GetSubject(message);
    documents.push_back(document_of(message, subject.substr(prefix_.size()), revision));
    return true;
  }

  NatsSessionStore& store_;
  const Kind kind_;
  std::string stream_, subject_, prefix_;
  NatsSubscription subscription_;
  std::uint64_t reconnects_ = 0;   // of the connection, when that was made
  std::uint64_t next_number_ = 1;  // of its messages
  Revision last_ = 0;
  std::uint64_t to_come_ = 0;  // of what was there at first
  bool is_first_ = true;
  Steady::time_point heard_at_;  // or looked at
  bool is_late_ = false;         // at the last look: something was sent and is not here
};

Result<std::unique_ptr<NatsSessionStore>> NatsSessionStore::open(NatsConnection& connection,
                                                                 Milliseconds removed_are_kept) {
  std::unique_ptr<NatsSessionStore> store(new NatsSessionStore(connection, removed_are_kept));
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
  if (auto up = connection_.reachable(); !up) return std::unexpected(up.error());
  const std::string name = stream(kind), wanted = subject(kind, key);
  natsMsg* found = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_GetLastMsg(&found, connection_.jetstream(), name.c_str(), wanted.c_str(), nullptr, &code);
  if (code == JSNoMessageFoundErr) return std::nullopt;
  if (code == JSStreamNotFoundErr && kind == Kind::kProgress) return std::nullopt;
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
  if (auto up = connection_.reachable(); !up) return std::unexpected(up.error());
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
  natsStatus status = js_PublishMsg(&ack, connection_.jetstream(), made, &options, &code);
  // A bucket in memory goes with its server.
  if (status == NATS_NO_RESPONDERS && kind == Kind::kProgress && make_bucket(kind))
    status = js_PublishMsg(&ack, connection_.jetstream(), made, &options, &code);
  if (code == JSStreamWrongLastSequenceErr || code == kAnotherIsUnderWay) return std::nullopt;
  if (status != NATS_OK)
    return std::unexpected(connection_.trouble("writing " + wanted, status, code));
  const Revision revision = ack->Sequence;
  jsPubAck_Destroy(ack);
  return revision;
}

Result<std::optional<Revision>> NatsSessionStore::create(Kind kind, std::string_view key,
                                                         std::string_view text) {
  if (auto checked = check_document(key, text); !checked) return std::unexpected(checked.error());
  Revision expected = 0;
  for (int round = 0; round < kMostCreations; ++round) {
    auto written = write(kind, key, text, expected, Write::kText);
    if (!written || *written) return written;
    // What is in the way may be the mark of a removal, or a write that is under way in a cluster.
    const auto there = newest(kind, key);
    if (!there) return std::unexpected(there.error());
    if (*there && !(*there)->is_removed) return std::nullopt;
    const Revision now = *there ? (*there)->revision : 0;
    if (now == expected) std::this_thread::sleep_for(kCreationPause);
    expected = now;
  }
  return std::unexpected(connection_.trouble("creating " + subject(kind, key), NATS_TIMEOUT));
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
  if (!*written) return false;
  // What fails here is tried again with a later removal.
  if (removals_++ % kPurgeEvery == 0) {
    for (const Kind every : kEveryKind) static_cast<void>(purge_removed(every));
  }
  return true;
}

// Marks of removals would pile up for ever. A key that is there again has no mark any more, and
// what is purged ends before anything newer.
Result<void> NatsSessionStore::purge_removed(Kind kind) {
  if (auto up = connection_.reachable(); !up) return up;
  const std::string name = stream(kind);
  const auto trouble = [&](natsStatus status) {
    return std::unexpected(connection_.trouble("clearing " + name, status));
  };
  const std::int64_t wait = connection_.setup().wait.count();
  kvStore* bound = nullptr;
  natsStatus status = js_KeyValue(&bound, connection_.jetstream(), bucket(kind).c_str());
  if (status != NATS_OK) return trouble(status);
  const KvStore store(bound);
  kvWatchOptions watched;
  kvWatchOptions_Init(&watched);
  watched.MetaOnly = true;
  kvWatcher* made = nullptr;
  status = kvStore_WatchAll(&made, bound, &watched);
  if (status != NATS_OK) return trouble(status);
  const KvWatcher watcher(made);
  const std::int64_t old =
      std::chrono::duration_cast<std::chrono::nanoseconds>(
          (std::chrono::system_clock::now() - removed_are_kept_).time_since_epoch())
          .count();
  std::vector<std::pair<std::string, Revision>> marks;
  while (int(marks.size()) < kMostPurged) {
    kvEntry* next = nullptr;
    status = kvWatcher_Next(&next, made, wait);
    if (status != NATS_OK) return trouble(status);
    if (next == nullptr) break;  // that was all
    const KvEntry entry(next);
    if (kvEntry_Operation(next) == kvOp_Put || kvEntry_Created(next) > old) continue;
    marks.emplace_back(subject(kind, kvEntry_Key(next)), kvEntry_Revision(next));
  }
  for (const auto& [key, revision] : marks) {
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = wait;
    options.Stream.Purge.Subject = key.c_str();
    options.Stream.Purge.Sequence = revision + 1;
    status = js_PurgeStream(connection_.jetstream(), name.c_str(), &options, nullptr);
    if (status != NATS_OK) return trouble(status);
  }
  return {};
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
