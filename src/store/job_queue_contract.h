// The promises of JobQueue (store/job_queue.h) as tests, for every adapter alike. An adapter's test
// names its Storage and instantiates the suite:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, JobQueueContract, SqliteStorage);
//
// A Storage is made fresh and empty for each test and has
//   static std::string missing();           empty: it can be tested here; else why not (skipped)
//   static constexpr Milliseconds kLease;   after which its messages come again by themselves
//   static constexpr bool kWaitsForDelay;   false: a delayed message is delivered at once
//   static constexpr bool kTakesNewPayload; false: put_back leaves the payload as it was
//   std::unique_ptr<JobQueue> open();       a client of its own on the one storage; again after all
//                                           were closed, too
//   void put_raw(std::string_view payload); as somebody else may have left it in the queue
//   void pass(Milliseconds time);           lets it pass for the queue: sleeps, or moves its clock
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "jobs/record_json.h"
#include "jobs/test_jobs.h"
#include "store/job_queue.h"

namespace pawfect::contract {

inline JobMessage message_of(int number) {
  JobMessage message = fakes::job_message();
  message.job = JobId::from(fmt::format("{:032x}", number)).value();
  return message;
}

template <typename Storage>
class JobQueueContract : public testing::Test {
 protected:
  static constexpr Milliseconds kSoon{20'000};  // generous: for what must come
  static constexpr Milliseconds kAMoment{50};   // for what must not
  static constexpr Milliseconds kNoDelay{0};

  void SetUp() override {
    if (const std::string why = Storage::missing(); !why.empty()) GTEST_SKIP() << why;
    storage.emplace();
    queue = storage->open();
    other = storage->open();
    ASSERT_TRUE(queue && other);
  }

  void put(const JobMessage& message, std::string_view once = {}) {
    const std::string name = once.empty() ? message.job.text() : std::string(once);
    const auto done = queue->put(message, kNoDelay, name);
    EXPECT_TRUE(done) << done.error().message;
  }
  // What must be there.
  Delivery taken(JobQueue& from) {
    auto delivery = from.take(kSoon);
    EXPECT_TRUE(delivery && *delivery) << (delivery ? "nothing came" : delivery.error().message);
    return delivery && *delivery ? **std::move(delivery) : Delivery();
  }
  bool is_empty(JobQueue& from) {
    const auto delivery = from.take(kAMoment);
    EXPECT_TRUE(delivery);
    return delivery && !*delivery;
  }
  // -1: an error.
  std::int64_t length() { return queue->length().value_or(-1); }
  std::vector<StoredLetter> letters() {
    auto letters = queue->letters(100);
    EXPECT_TRUE(letters);
    return letters ? *std::move(letters) : std::vector<StoredLetter>();
  }

  std::optional<Storage> storage;
  std::unique_ptr<JobQueue> queue, other;
};

TYPED_TEST_SUITE_P(JobQueueContract);

TYPED_TEST_P(JobQueueContract, DeliversWhatWasPutAndForgetsWhatWasAcknowledged) {
  EXPECT_TRUE(this->is_empty(*this->queue));
  JobMessage message = message_of(1);
  message.options = "{\"prompt\":\"Fellgr\u00f6\u00dfe \u72ac\"}";
  this->put(message);
  const Delivery delivery = this->taken(*this->other);
  EXPECT_EQ(delivery.message, message);
  EXPECT_EQ(delivery.count, 1);
  ASSERT_TRUE(this->other->acknowledge(delivery));
  this->storage->pass(TypeParam::kLease * 2);
  EXPECT_TRUE(this->is_empty(*this->queue));
  EXPECT_EQ(this->length(), 0);
}

TYPED_TEST_P(JobQueueContract, CountsMessagesThatAreTakenOrNot) {
  EXPECT_EQ(this->length(), 0);
  for (int i = 0; i < 3; ++i) this->put(message_of(i));
  EXPECT_EQ(this->length(), 3);
  const Delivery delivery = this->taken(*this->queue);
  EXPECT_EQ(this->length(), 3);
  ASSERT_TRUE(this->queue->acknowledge(delivery));
  EXPECT_EQ(this->length(), 2);
}

TYPED_TEST_P(JobQueueContract, DeliversAgainWhatNobodyAcknowledged) {
  this->put(message_of(1));
  const Delivery first = this->taken(*this->queue);
  EXPECT_TRUE(this->is_empty(*this->other));
  this->storage->pass(TypeParam::kLease + Milliseconds(100));
  const Delivery second = this->taken(*this->other);
  EXPECT_EQ(second.message, first.message);
  EXPECT_GE(second.count, 2);
  ASSERT_TRUE(this->other->acknowledge(second));
  EXPECT_TRUE(this->queue->acknowledge(first));
  EXPECT_EQ(this->length(), 0);
}

TYPED_TEST_P(JobQueueContract, KeepsAnExtendedMessageAway) {
  this->put(message_of(1));
  const Delivery delivery = this->taken(*this->queue);
  for (int i = 0; i < 6; ++i) {  // two leases long
    this->storage->pass(TypeParam::kLease / 3);
    ASSERT_TRUE(this->queue->extend(delivery));
    const auto nothing = this->other->take(Milliseconds(0));
    ASSERT_TRUE(nothing);
    ASSERT_FALSE(*nothing);
  }
  this->storage->pass(TypeParam::kLease + Milliseconds(100));
  EXPECT_EQ(this->taken(*this->other).message, delivery.message);
}

TYPED_TEST_P(JobQueueContract, DeliversAgainWhatWasPutBack) {
  this->put(message_of(1));
  const Delivery first = this->taken(*this->queue);
  JobMessage changed = first.message;
  changed.label_attempt = 3;
  ASSERT_TRUE(this->queue->put_back(first, this->kNoDelay, changed));
  const Delivery second = this->taken(*this->other);
  EXPECT_EQ(second.message, TypeParam::kTakesNewPayload ? changed : first.message);
  EXPECT_GE(second.count, 2);
  ASSERT_TRUE(this->other->acknowledge(second));
  EXPECT_EQ(this->length(), 0);
}

TYPED_TEST_P(JobQueueContract, KeepsAwayForTheDelayWhatWasPutBackWithOne) {
  this->put(message_of(1));
  const Delivery first = this->taken(*this->queue);
  const Milliseconds delay = TypeParam::kLease * 2;
  ASSERT_TRUE(this->queue->put_back(first, delay, first.message));
  EXPECT_TRUE(this->is_empty(*this->other));
  this->storage->pass(delay + Milliseconds(100));
  EXPECT_EQ(this->taken(*this->other).message, first.message);
}

TYPED_TEST_P(JobQueueContract, DeliversADelayedMessageWhenItIsDue) {
  const Milliseconds delay = TypeParam::kLease * 2;
  ASSERT_TRUE(this->queue->put(message_of(1), delay, "delayed"));
  EXPECT_EQ(this->length(), 1);
  if (TypeParam::kWaitsForDelay) {
    EXPECT_TRUE(this->is_empty(*this->queue));
    this->storage->pass(delay + Milliseconds(100));
  }
  EXPECT_EQ(this->taken(*this->queue).message, message_of(1));
}

TYPED_TEST_P(JobQueueContract, PutsTheSameOnlyOnce) {
  this->put(message_of(1), "the same");
  ASSERT_TRUE(this->other->put(message_of(2), this->kNoDelay, "the same"));
  EXPECT_EQ(this->length(), 1);
  const Delivery delivery = this->taken(*this->queue);
  EXPECT_EQ(delivery.message, message_of(1));
  ASSERT_TRUE(this->queue->acknowledge(delivery));
  // Also when it has gone already.
  ASSERT_TRUE(this->queue->put(message_of(1), this->kNoDelay, "the same"));
  EXPECT_TRUE(this->is_empty(*this->queue));
  this->put(message_of(3), "another");
  EXPECT_EQ(this->taken(*this->queue).message, message_of(3));
}

TYPED_TEST_P(JobQueueContract, WakesWhoeverWaitsForAMessage) {
  for (JobQueue* putter : {this->queue.get(), this->other.get()}) {
    const JobMessage message = message_of(putter == this->queue.get() ? 1 : 2);
    std::jthread later(
        [&] { EXPECT_TRUE(putter->put(message, this->kNoDelay, message.job.text())); });
    const Delivery delivery = this->taken(*this->queue);
    EXPECT_EQ(delivery.message, message);
    EXPECT_TRUE(this->queue->acknowledge(delivery));
  }
}

TYPED_TEST_P(JobQueueContract, GivesEachOfManyMessagesToOneOfManyTakers) {
  constexpr int kMessages = 60, kTakers = 4;
  std::mutex mutex;  // guards the next
  std::set<std::string> seen;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kTakers; ++i) {
    threads.emplace_back([&, i] {
      JobQueue& client = i % 2 == 0 ? *this->queue : *this->other;
      const auto end = std::chrono::steady_clock::now() + this->kSoon;
      while (std::chrono::steady_clock::now() < end) {
        {
          const std::lock_guard lock(mutex);
          if (seen.size() == kMessages) return;
        }
        const auto delivery = client.take(this->kAMoment);
        ASSERT_TRUE(delivery) << delivery.error().message;
        if (!*delivery) continue;
        const std::string job = (*delivery)->message.job.text();
        {
          const std::lock_guard lock(mutex);
          EXPECT_TRUE(seen.insert(job).second) << "came twice: " << job;
        }
        EXPECT_TRUE(client.acknowledge(**delivery));
      }
    });
  }
  for (int i = 0; i < kMessages; ++i) {
    const JobMessage message = message_of(i);
    JobQueue& client = i % 2 == 0 ? *this->queue : *this->other;
    EXPECT_TRUE(client.put(message, this->kNoDelay, message.job.text()));
  }
  threads.clear();
  EXPECT_EQ(seen.size(), std::size_t{kMessages});
  EXPECT_EQ(this->length(), 0);
}

TYPED_TEST_P(JobQueueContract, SendsPayloadsThatAreNoMessageToTheDeadLetters) {
  std::vector<std::string> payloads{"no job message", "{}", "{\"v\":1}", std::string(40'000, 'x'),
                                    "\xff\xfe"};
  for (const std::string& payload : payloads) this->storage->put_raw(payload);
  this->put(message_of(1));
  const Delivery delivery = this->taken(*this->queue);
  EXPECT_EQ(delivery.message, message_of(1));
  ASSERT_TRUE(this->queue->acknowledge(delivery));
  EXPECT_TRUE(this->is_empty(*this->queue));
  EXPECT_EQ(this->length(), 0);
  std::set<std::string> texts;
  for (const StoredLetter& letter : this->letters()) texts.insert(letter.text);
  EXPECT_TRUE(texts == std::set(payloads.begin(), payloads.end()));
}

TYPED_TEST_P(JobQueueContract, ListsAndRemovesLettersTheOldestFirst) {
  EXPECT_TRUE(this->letters().empty());
  std::vector<DeadLetter> sent;
  for (int i = 0; i < 3; ++i) {
    sent.push_back({message_of(i), "a damaged photo", {}});
    ASSERT_TRUE(this->queue->send_letter(sent.back(), "letter " + std::to_string(i)));
  }
  ASSERT_TRUE(this->other->send_letter(sent.front(), "letter 0"));
  const auto all = this->letters();
  ASSERT_EQ(all.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(all[i].text, to_text(sent[i]));
    EXPECT_GT(all[i].at, WallTime());
  }
  const auto oldest = this->other->letters(2);
  ASSERT_TRUE(oldest);
  ASSERT_EQ(oldest->size(), 2u);
  EXPECT_EQ(oldest->front().name, all[0].name);
  ASSERT_TRUE(this->other->remove_letter(all[1].name));
  const auto rest = this->letters();
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].name, all[0].name);
  EXPECT_EQ(rest[1].name, all[2].name);
  EXPECT_EQ(this->length(), 0);
}

TYPED_TEST_P(JobQueueContract, KeepsEverythingWhenAllClientsHaveGone) {
  this->put(message_of(1));
  const Delivery held = this->taken(*this->queue);
  this->put(message_of(2));
  ASSERT_TRUE(this->queue->send_letter({message_of(3), "a damaged photo", {}}, "letter"));
  this->queue.reset();
  this->other.reset();
  this->queue = this->storage->open();
  EXPECT_EQ(this->length(), 2);
  EXPECT_EQ(this->letters().size(), 1u);
  const Delivery delivery = this->taken(*this->queue);
  EXPECT_EQ(delivery.message, message_of(2));
  ASSERT_TRUE(this->queue->acknowledge(delivery));
  this->storage->pass(TypeParam::kLease + Milliseconds(100));
  EXPECT_EQ(this->taken(*this->queue).message, held.message);
}

TYPED_TEST_P(JobQueueContract, IsReadyWhenAWriteWouldWork) {
  EXPECT_TRUE(this->queue->check());
  EXPECT_TRUE(this->other->check());
  EXPECT_EQ(this->length(), 0);
}

REGISTER_TYPED_TEST_SUITE_P(JobQueueContract, DeliversWhatWasPutAndForgetsWhatWasAcknowledged,
                            CountsMessagesThatAreTakenOrNot, DeliversAgainWhatNobodyAcknowledged,
                            KeepsAnExtendedMessageAway, DeliversAgainWhatWasPutBack,
                            KeepsAwayForTheDelayWhatWasPutBackWithOne,
                            DeliversADelayedMessageWhenItIsDue, PutsTheSameOnlyOnce,
                            WakesWhoeverWaitsForAMessage, GivesEachOfManyMessagesToOneOfManyTakers,
                            SendsPayloadsThatAreNoMessageToTheDeadLetters,
                            ListsAndRemovesLettersTheOldestFirst,
                            KeepsEverythingWhenAllClientsHaveGone, IsReadyWhenAWriteWouldWork);

}  // namespace pawfect::contract
