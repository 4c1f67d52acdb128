#include "store/nats_queue.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "jobs/record_json.h"

namespace pawfect {
namespace {

constexpr std::int64_t kNanosecondsInMs = 1'000'000;
constexpr std::int64_t kOnceIsRemembered = 300'000 * kNanosecondsInMs;
constexpr std::int64_t kLettersAreKept = std::int64_t{90} * 86'400'000 * kNanosecondsInMs;
constexpr std::int64_t kMostTaken = 100'000;  // by all workers together
constexpr Milliseconds kShortestFetch{50};    // less is no time for the server to answer

std::string_view text_of(natsMsg* message) {
  return {natsMsg_GetData(message), std::size_t(natsMsg_GetDataLength(message))};
}

}  // namespace

NatsQueue::NatsQueue(NatsConnection& connection, Milliseconds lease)
    : connection_(connection), lease_(lease) {
  const std::string& prefix = connection.setup().prefix;
  jobs_stream_ = prefix + "_JOBS";
  jobs_subject_ = prefix + ".jobs";
  dead_stream_ = prefix + "_DEAD";
  dead_subject_ = prefix + ".dead";
  consumer_ = prefix + "_workers";
}

Result<std::unique_ptr<NatsQueue>> NatsQueue::open(NatsConnection& connection, Milliseconds lease) {
  std::unique_ptr<NatsQueue> queue(new NatsQueue(connection, lease));
  if (auto made = queue->make_streams(); !made) return std::unexpected(made.error());
  auto first = queue->subscription();  // makes the consumer
  if (!first) return std::unexpected(first.error());
  queue->idle_.push_back(std::move(*first));
  return queue;
}

Result<void> NatsQueue::make_streams() {
  const char* jobs_subject = jobs_subject_.c_str();
  jsStreamConfig jobs;
  jsStreamConfig_Init(&jobs);
  jobs.Name = jobs_stream_.c_str();
  jobs.Subjects = &jobs_subject;
  jobs.SubjectsLen = 1;
  jobs.Retention = js_WorkQueuePolicy;
  jobs.Storage = js_FileStorage;
  jobs.Replicas = connection_.setup().replicas;
  jobs.Duplicates = kOnceIsRemembered;
  if (auto made = connection_.make_stream(jobs); !made) return made;

  const char* dead_subject = dead_subject_.c_str();
  jsStreamConfig dead;
  jsStreamConfig_Init(&dead);
  dead.Name = dead_stream_.c_str();
  dead.Subjects = &dead_subject;
  dead.SubjectsLen = 1;
  dead.Storage = js_FileStorage;
  dead.Replicas = connection_.setup().replicas;
  dead.Duplicates = kOnceIsRemembered;
  dead.MaxAge = kLettersAreKept;
  dead.AllowDirect = true;
  return connection_.make_stream(dead);
}

Result<void> NatsQueue::publish(const std::string& subject, std::string_view text,
                                std::string_view once) {
  const std::string id(once);
  jsPubOptions options;
  jsPubOptions_Init(&options);
  if (!id.empty()) options.MsgId = id.c_str();
  jsErrCode code{};
  const natsStatus status = js_Publish(nullptr, connection_.jetstream(), subject.c_str(),
                                       text.data(), int(text.size()), &options, &code);
  if (status != NATS_OK)
    return std::unexpected(connection_.trouble("publishing to " + subject, status, code));
  return {};
}

Result<void> NatsQueue::put(const JobMessage& message, Milliseconds, std::string_view once) {
  return publish(jobs_subject_, to_text(message), once);
}

Result<void> NatsQueue::put_raw(std::string_view payload) {
  return publish(jobs_subject_, payload, "");
}

Result<NatsSubscription> NatsQueue::subscription() {
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Stream = jobs_stream_.c_str();
  options.Config.AckPolicy = js_AckExplicit;
  options.Config.AckWait = lease_.count() * kNanosecondsInMs;
  options.Config.MaxDeliver = -1;  // who counts is jobs/job_policy.h
  options.Config.MaxAckPending = kMostTaken;
  natsSubscription* made = nullptr;
  jsErrCode code{};
  const natsStatus status = js_PullSubscribe(&made, connection_.jetstream(), jobs_subject_.c_str(),
                                             consumer_.c_str(), nullptr, &options, &code);
  if (status != NATS_OK)
    return std::unexpected(connection_.trouble("consumer " + consumer_, status, code));
  return NatsSubscription(made);
}

// Null: nothing came.
Result<NatsMessage> NatsQueue::fetch(Milliseconds wait) {
  NatsSubscription from;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      from = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!from) {
    auto made = subscription();
    if (!made) return std::unexpected(made.error());
    from = std::move(*made);
  }
  natsMsgList list{};
  jsErrCode code{};
  const natsStatus status =
      natsSubscription_Fetch(&list, from.get(), 1, std::max(wait, kShortestFetch).count(), &code);
  NatsMessage message;
  if (status == NATS_OK && list.Count == 1) message.reset(std::exchange(list.Msgs[0], nullptr));
  natsMsgList_Destroy(&list);
  if (status != NATS_OK && status != NATS_TIMEOUT)  // the subscription is made anew the next time
    return std::unexpected(connection_.trouble("taking a message", status, code));
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(from));
  return message;
}

Result<std::optional<Delivery>> NatsQueue::take(Milliseconds wait) {
  while (true) {
    auto fetched = fetch(wait);
    if (!fetched) return std::unexpected(fetched.error());
    if (!*fetched) return std::nullopt;
    const std::string_view text = text_of(fetched->get());
    auto message = parse_job_message(text);
    if (!message) {
      if (auto moved = publish(dead_subject_, text, ""); !moved)
        return std::unexpected(moved.error());
      natsMsg_Term(fetched->get(), nullptr);
      continue;
    }
    jsMsgMetaData* data = nullptr;
    int count = 1;
    if (natsMsg_GetMetaData(&data, fetched->get()) == NATS_OK) {
      count = int(data->NumDelivered);
      jsMsgMetaData_Destroy(data);
    }
    const std::lock_guard lock(mutex_);
    std::string handle = std::to_string(++last_handle_);
    held_.emplace(handle, std::move(*fetched));
    return Delivery{std::move(*message), std::move(handle), count};
  }
}

natsMsg* NatsQueue::held(const Delivery& delivery) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(delivery.handle);
  return found == held_.end() ? nullptr : found->second.get();
}

void NatsQueue::let_go(const Delivery& delivery) {
  const std::lock_guard lock(mutex_);
  held_.erase(delivery.handle);
}

Result<void> NatsQueue::acknowledge(const Delivery& delivery) {
  natsMsg* message = held(delivery);
  if (message == nullptr) return {};  // it was answered before
  jsErrCode code{};
  const natsStatus status = natsMsg_AckSync(message, nullptr, &code);
  if (status != NATS_OK)
    return std::unexpected(connection_.trouble("acknowledging a message", status, code));
  let_go(delivery);
  return {};
}

Result<void> NatsQueue::put_back(const Delivery& delivery, Milliseconds delay, const JobMessage&) {
  natsMsg* message = held(delivery);
  if (message == nullptr) return {};
  const natsStatus status = delay.count() > 0
                                ? natsMsg_NakWithDelay(message, delay.count(), nullptr)
                                : natsMsg_Nak(message, nullptr);
  // One that gets lost comes again by itself when its lease is over.
  let_go(delivery);
  if (status != NATS_OK)
    return std::unexpected(connection_.trouble("putting a message back", status));
  return {};
}

Result<void> NatsQueue::extend(const Delivery& delivery) {
  natsMsg* message = held(delivery);
  if (message == nullptr) return {};
  const natsStatus status = natsMsg_InProgress(message, nullptr);
  if (status != NATS_OK)
    return std::unexpected(connection_.trouble("extending a message's lease", status));
  return {};
}

Result<void> NatsQueue::send_letter(const DeadLetter& letter, std::string_view once) {
  return publish(dead_subject_, to_text(letter), once);
}

Result<std::vector<StoredLetter>> NatsQueue::letters(int most) {
  std::vector<StoredLetter> letters;
  std::uint64_t next = 1;
  while (int(letters.size()) < most) {
    jsDirectGetMsgOptions options;
    jsDirectGetMsgOptions_Init(&options);
    options.Sequence = next;
    options.NextBySubject = dead_subject_.c_str();
    natsMsg* found = nullptr;
    const natsStatus status =
        js_DirectGetMsg(&found, connection_.jetstream(), dead_stream_.c_str(), nullptr, &options);
    if (status == NATS_NOT_FOUND) break;
    if (status != NATS_OK) return std::unexpected(connection_.trouble("reading letters", status));
    const NatsMessage message(found);
    const std::uint64_t sequence = natsMsg_GetSequence(found);
    letters.push_back({std::to_string(sequence), std::string(text_of(found)),
                       wall_time(natsMsg_GetTime(found) / kNanosecondsInMs)});
    next = sequence + 1;
  }
  return letters;
}

Result<void> NatsQueue::remove_letter(std::string_view name) {
  std::uint64_t sequence = 0;
  std::from_chars(name.data(), name.data() + name.size(), sequence);
  jsErrCode code{};
  const natsStatus status =
      js_DeleteMsg(connection_.jetstream(), dead_stream_.c_str(), sequence, nullptr, &code);
  const bool is_gone = code == JSNoMessageFoundErr || code == JSSequenceNotFoundErr;
  if (status != NATS_OK && status != NATS_NOT_FOUND && !is_gone)
    return std::unexpected(connection_.trouble("removing a letter", status, code));
  return {};
}

Result<std::int64_t> NatsQueue::length() {
  const auto info = connection_.stream_info(jobs_stream_);
  if (!info) return std::unexpected(info.error());
  return std::int64_t((*info)->State.Msgs);
}

Result<void> NatsQueue::check() {
  const auto info = connection_.stream_info(jobs_stream_);
  if (!info) return std::unexpected(info.error());
  return {};
}

}  // namespace pawfect
