#include "store/nats_queue.h"

#include <fmt/format.h>

#include <algorithm>
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

struct Place {
  std::uint64_t sequence = 0;  // in the stream
  int deliveries = 1;
};

Place place_of(natsMsg* message) {
  jsMsgMetaData* data = nullptr;
  if (natsMsg_GetMetaData(&data, message) != NATS_OK) return {};
  const Place place{data->Sequence.Stream, int(data->NumDelivered)};
  jsMsgMetaData_Destroy(data);
  return place;
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
  if (auto up = connection_.reachable(); !up) return up;
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

// Another lease than the one it was made with is taken over.
Result<void> NatsQueue::make_consumer() {
  if (auto up = connection_.reachable(); !up) return up;
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.Durable = consumer_.c_str();
  config.AckPolicy = js_AckExplicit;
  config.AckWait = lease_.count() * kNanosecondsInMs;
  config.MaxDeliver = -1;  // who counts is jobs/job_policy.h
  config.MaxAckPending = kMostTaken;
  jsErrCode code{};
  const natsStatus status = js_AddConsumer(nullptr, connection_.jetstream(), jobs_stream_.c_str(),
                                           &config, nullptr, &code);
  if (status != NATS_OK)
    return std::unexpected(connection_.trouble("consumer " + consumer_, status, code));
  return {};
}

Result<NatsSubscription> NatsQueue::subscription() {
  if (auto made = make_consumer(); !made) return std::unexpected(made.error());
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Stream = jobs_stream_.c_str();
  options.Consumer = consumer_.c_str();
  natsSubscription* made = nullptr;
  jsErrCode code{};
  const natsStatus status = js_PullSubscribe(&made, connection_.jetstream(), jobs_subject_.c_str(),
                                             nullptr, nullptr, &options, &code);
  if (status != NATS_OK)
    return std::unexpected(connection_.trouble("consumer " + consumer_, status, code));
  return NatsSubscription(made);
}

// Null: nothing came.
Result<NatsMessage> NatsQueue::fetch(Milliseconds wait) {
  if (auto up = connection_.reachable(); !up) return std::unexpected(up.error());
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
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(from));
  }
  // Nothing comes through a broken connection either.
  if (auto up = connection_.reachable(); !message && !up) return std::unexpected(up.error());
  return message;
}

Result<std::optional<Delivery>> NatsQueue::take(Milliseconds wait) {
  while (true) {
    auto fetched = fetch(wait);
    if (!fetched) return std::unexpected(fetched.error());
    if (!*fetched) return std::nullopt;
    const std::string_view text = text_of(fetched->get());
    auto message = parse_job_message(text);
    const std::string answer_to = natsMsg_GetReply(fetched->get());
    const Place place = place_of(fetched->get());
    if (!message) {
      const std::string once = fmt::format("payload {}", place.sequence);
      if (auto moved = publish(dead_subject_, text, once); !moved)
        return std::unexpected(moved.error());
      if (auto ended = connection_.confirm(answer_to, "+TERM"); !ended)
        return std::unexpected(ended.error());
      continue;
    }
    return Delivery{std::move(*message), answer_to, place.deliveries};
  }
}

Result<void> NatsQueue::acknowledge(const Delivery& delivery) {
  return connection_.confirm(delivery.handle, "+ACK");
}

Result<void> NatsQueue::put_back(const Delivery& delivery, Milliseconds delay, const JobMessage&) {
  const std::int64_t nanoseconds = std::max<std::int64_t>(delay.count(), 0) * kNanosecondsInMs;
  return connection_.confirm(delivery.handle, fmt::format("-NAK {{\"delay\":{}}}", nanoseconds));
}

Result<void> NatsQueue::extend(const Delivery& delivery) {
  return connection_.confirm(delivery.handle, "+WPI");
}

Result<void> NatsQueue::send_letter(const DeadLetter& letter, std::string_view once) {
  return publish(dead_subject_, to_text(letter), once);
}

Result<std::vector<StoredLetter>> NatsQueue::letters(int most) {
  if (auto up = connection_.reachable(); !up) return std::unexpected(up.error());
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
  if (sequence == 0) return {};  // no letter has that name
  if (auto up = connection_.reachable(); !up) return up;
  jsCtx* jetstream = connection_.jetstream();
  const char* stream = dead_stream_.c_str();
  jsErrCode code{};
  const natsStatus status = js_DeleteMsg(jetstream, stream, sequence, nullptr, &code);
  if (status == NATS_OK) return {};
  const Error trouble = connection_.trouble("removing a letter", status, code);
  // The server has one code for everything that is in the way of a removal.
  natsMsg* still_there = nullptr;
  js_GetMsg(&still_there, jetstream, stream, sequence, nullptr, &code);
  natsMsg_Destroy(still_there);
  if (code == JSNoMessageFoundErr) return {};
  return std::unexpected(trouble);
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
