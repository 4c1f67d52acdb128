#include "worker/worker.h"

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "worker/test_service.h"

namespace pawfect {
namespace {

using ::testing::HasSubstr;

struct AWorker : ::testing::Test, fakes::TestService {};

TEST_F(AWorker, FillsAPhotoAndReportsIt) {
  const JobId job = add("anything");
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  const JobRecord done = record(job);
  EXPECT_THAT(done.result, ::testing::StartsWith("results/" + job.text() + "/1."));
  EXPECT_EQ(done.prompt, PromptSource::kGiven);
  EXPECT_TRUE(queue_empties());

  EXPECT_FALSE(result_of(job).empty());
  const auto document = report(job, 1);
  ASSERT_TRUE(document);
  const auto json = nlohmann::json::parse(document->text);
  EXPECT_EQ(json["status"], "done");
  EXPECT_EQ(json["engine"], "fake");
  EXPECT_EQ(json["attempt"], 1);
  EXPECT_EQ(json["promptSource"], "given");
  EXPECT_EQ(json["output"]["container"], "PNG");
  EXPECT_EQ(json["pixels_changed_outside"], 0);
  EXPECT_GT(json["peakMemoryBytes"], 1'000'000);
  EXPECT_EQ(document->text.find(folder.path().string()), std::string::npos)
      << "paths are nobody's business";
  EXPECT_EQ(work_files(), 0u);
}

TEST_F(AWorker, TheRealEngineFillsToo) {
  config.worker.engine = "texture";
  const JobId job = add_with(R"({"seed":7,"grow":4})");
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  const auto json = nlohmann::json::parse(report(job, 1)->text);
  EXPECT_EQ(json["seed"], 7);
  EXPECT_EQ(json["mask"]["grow"], 4);
  EXPECT_EQ(record(job).prompt, PromptSource::kEmpty);
}

TEST_F(AWorker, TheResultIsAPictureOfThePhotosSize) {
  const JobId job = add("anything");
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  const auto picture = load_image_bytes(result_of(job), "result", {});
  ASSERT_TRUE(picture) << picture.error().message;
  EXPECT_EQ(picture->image.width, 60);
  EXPECT_EQ(picture->image.height, 40);
  EXPECT_EQ(picture->image.bytes[(20 * 60 + 30) * 3], 77) << "what the engine painted";
}

TEST_F(AWorker, WhatAnotherAttemptWouldNotHelpIsDeadAtOnce) {
  const JobId bad = add("bad"), rejected = add("reject"), garbled = add_with(R"({"sed":1})");
  start();
  for (const JobId& job : {bad, rejected, garbled}) {
    ASSERT_TRUE(becomes(job, JobState::kDead));
    EXPECT_EQ(record(job).last_attempt, 1);
    EXPECT_TRUE(fakes::soon([&] { return !record(job).owes_letter; }));
  }
  EXPECT_EQ(record(bad).reason, "image: is damaged");
  EXPECT_EQ(record(rejected).reason, "mask: nothing usable around it");
  EXPECT_THAT(record(garbled).reason, HasSubstr("did you mean seed?"));
  EXPECT_EQ(real_queue->letters(10)->size(), 3u);
  EXPECT_TRUE(queue_empties());
}

TEST_F(AWorker, APictureThatIsGoneIsDeadAtOnce) {
  const JobId job = add("anything");
  ASSERT_TRUE(real_blobs->remove(mask));
  start();
  ASSERT_TRUE(becomes(job, JobState::kDead));
  EXPECT_EQ(record(job).reason, "mask: is not in the store any more");
}

TEST_F(AWorker, WhatMayPassIsTriedFiveTimes) {
  for (const auto& [prompt, reason] : {std::pair{"missing", "model: is not here"},
                                       {"bug", "an engine's mistake"},
                                       {"throw", "the engine threw: something odd"},
                                       {"bad_alloc", "the machine has not enough memory"},
                                       {"crash", "the engine was ended by signal 11"},
                                       {"exit", "the engine ended with status 3"}}) {
    const JobId job = add(prompt);
    if (!worker) start();
    ASSERT_TRUE(becomes(job, JobState::kDead)) << prompt;
    EXPECT_THAT(record(job).reason, HasSubstr(reason));
    EXPECT_EQ(record(job).attempts_used, 5) << prompt;
  }
  const JobId next = add("anything");
  EXPECT_TRUE(becomes(next, JobState::kDone)) << "one job's failure does not touch the next";
  EXPECT_EQ(results(), 1u);
}

TEST_F(AWorker, ACrashCostsOneAttempt) {
  const JobId job = add("once " + (folder.path() / "crashed").string());
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_EQ(record(job).attempts_used, 2);
  EXPECT_TRUE(happened(job, Happened::kFailed, "signal 11"));
  EXPECT_FALSE(report(job, 1));
  EXPECT_TRUE(report(job, 2));
}

TEST_F(AWorker, AnEngineWithoutProgressIsStalledAndKilled) {
  config.jobs.limits.shortest_lease = Milliseconds(500);
  config.jobs.limits.most_attempts = 2;
  // Nobody else is quicker to see it.
  settings.sweep_every = Milliseconds(60'000);
  const JobId job = add("spin");
  start();
  ASSERT_TRUE(becomes(job, JobState::kDead));
  EXPECT_THAT(record(job).reason, HasSubstr("stalled: no progress in stage"));
  const JobId next = add("anything");
  EXPECT_TRUE(becomes(next, JobState::kDone));
}

TEST_F(AWorker, ProgressKeepsTheLeaseForLongerThanItsLength) {
  config.jobs.limits.shortest_lease = Milliseconds(1'000);
  const JobId job = add("sleep 2500 100");
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_EQ(record(job).attempts_used, 1);
  EXPECT_GT(queue.extensions, 2);
}

TEST_F(AWorker, PeopleSeeHowFarItIs) {
  const JobId job = add_with(R"({"prompt":"sleep 3000 10","steps":10})");
  start();
  ASSERT_TRUE(is_at(job, "steps"));
  ASSERT_TRUE(fakes::soon([&] { return board->find(job)->progress->fraction > 0.25; }));
  const auto progress = board->find(job)->progress;
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->attempt, 1);
  EXPECT_EQ(progress->steps, 10);
  EXPECT_GE(progress->step, 3);
  EXPECT_GT(progress->whole, 0.1);
  cancel(job);
}

TEST_F(AWorker, TheMessageOfAnEndedJobIsDropped) {
  const JobId before = add("anything");
  EXPECT_EQ(cancel(before), CancelAnswer::kCancelled);
  start();
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(record(before).last_attempt, 0) << "it was never begun";
}

TEST_F(AWorker, ACancelledJobIsStoppedAndTheEngineIsKept) {
  const JobId job = add("sleep 20000 1");
  start();
  ASSERT_TRUE(is_at(job, "steps"));
  EXPECT_EQ(cancel(job), CancelAnswer::kCancelled);
  EXPECT_TRUE(fakes::soon([&] { return worker->running() == 0; }));
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(record(job).state, JobState::kCancelled);
  EXPECT_EQ(results(), 0u);
  EXPECT_FALSE(report(job, 1));
  EXPECT_EQ(work_files(), 0u);
}

TEST_F(AWorker, AnEngineThatHearsNoCancelIsKilled) {
  const JobId job = add("deaf 60000");
  start();
  ASSERT_TRUE(fakes::soon([&] { return record(job).state == JobState::kRunning; }));
  ASSERT_TRUE(is_at(job, "mask"));
  EXPECT_EQ(cancel(job), CancelAnswer::kCancelled);
  EXPECT_TRUE(fakes::soon([&] { return worker->running() == 0; }));
  const JobId next = add("anything");
  EXPECT_TRUE(becomes(next, JobState::kDone));
}

TEST_F(AWorker, ACancelThatComesAfterTheFillLeavesNoResult) {
  JobId job;
  std::atomic<bool> is_cancelled = false;
  blobs.before_put = [&] {
    if (!is_cancelled.exchange(true)) cancel(job);
  };
  job = add("anything");
  start();
  EXPECT_TRUE(queue_empties());
  EXPECT_TRUE(is_cancelled);
  EXPECT_EQ(record(job).state, JobState::kCancelled);
  EXPECT_EQ(results(), 0u) << "the late result is removed";
  EXPECT_FALSE(report(job, 1));
}

TEST_F(AWorker, ADoneJobCannotBeCancelled) {
  const JobId job = add("anything");
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_EQ(cancel(job), CancelAnswer::kEndedBefore);
  EXPECT_EQ(results(), 1u);
}

TEST_F(AWorker, StoppingFinishesWhatRuns) {
  const JobId job = add("sleep 1000 3"), second = add("anything");
  start();
  ASSERT_TRUE(fakes::soon([&] { return record(job).last_attempt == 1; }));
  worker->stop(Milliseconds(20'000));
  EXPECT_EQ(record(job).state, JobState::kDone);
  EXPECT_EQ(record(second).state, JobState::kQueued) << "nothing new is taken";
  EXPECT_EQ(worker->running(), 0);
}

TEST_F(AWorker, WhatIsNotFinishedInTimeIsGivenBackAtNoCost) {
  const JobId job = add("sleep 60000 1");
  start();
  ASSERT_TRUE(becomes(job, JobState::kRunning));
  worker->stop(Milliseconds(100));
  const JobRecord released = record(job);
  EXPECT_EQ(released.state, JobState::kQueued);
  EXPECT_EQ(released.attempts_used, 0);
  EXPECT_EQ(released.releases, 1);
  EXPECT_EQ(real_queue->length().value(), 1);
  EXPECT_EQ(work_files(), 0u);
  // At once for the next one.
  const auto message = real_queue->take(Milliseconds(1'000));
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->message.job, job);
}

TEST_F(AWorker, ALateResultIsRefusedAndRemoved) {
  // While the first attempt stores its result, its lease is ended and another one begins.
  JobId job;
  std::atomic<int> puts = 0;
  blobs.before_put = [&] {
    if (puts++ > 0) return;
    EXPECT_TRUE(records.change(job, [&](JobRecord& now) { policy.on_lease_expired(now); }));
    EXPECT_TRUE(records.change(job, [&](JobRecord& now) {
      now.not_before = now.message.enqueued_at;
      static_cast<void>(policy.on_take(now, {"other", present_message(now), LabelState::kThere}));
    }));
  };
  job = add("anything");
  start();
  ASSERT_TRUE(fakes::soon([&] { return puts > 0; }));
  ASSERT_TRUE(fakes::soon([&] { return worker->running() == 0 || record(job).last_attempt == 2; }));
  EXPECT_TRUE(fakes::soon([&] { return results() == 0 && !report(job, 1); }));
  EXPECT_EQ(record(job).state, JobState::kRunning);
  EXPECT_EQ(record(job).lease->owner, "other");
}

TEST_F(AWorker, TwoWorkersShareTheQueueAndEachJobIsDoneOnce) {
  config.worker.jobs = 2;
  std::vector<JobId> jobs;
  for (int i = 0; i < 20; ++i) jobs.push_back(add("sleep 5 1"));
  start();
  auto other = Worker::start(config, stores, *board, context, settings);
  ASSERT_TRUE(other);
  for (const JobId& job : jobs) {
    ASSERT_TRUE(becomes(job, JobState::kDone));
    EXPECT_EQ(record(job).last_attempt, 1);
  }
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(results(), jobs.size());
}

TEST_F(AWorker, ADoubledMessageDoesNothing) {
  const JobId job = add("anything");
  ASSERT_TRUE(real_queue->put(record(job).message, Milliseconds(0), "again"));
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(record(job).last_attempt, 1);
  EXPECT_EQ(results(), 1u);
}

TEST_F(AWorker, AMessageThatComesAgainAfterTheCommitIsDropped) {
  real_queue = SqliteQueue::open(folder.path(), clock, Milliseconds(200)).value();
  fakes::FlakyQueue short_lease(*real_queue);
  short_lease.lost_acknowledgements = 1;
  const Stores with{sessions, short_lease, blobs};
  const JobId job = add("anything");
  auto started = Worker::start(config, with, *board, context, settings);
  ASSERT_TRUE(started);
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(short_lease.lost_acknowledgements, 0);
  EXPECT_EQ(record(job).last_attempt, 1);
}

TEST_F(AWorker, AMessageOfAJobThatNobodyKnowsGoesAway) {
  JobMessage message = fakes::job_message();
  message.options = "{}";
  ASSERT_TRUE(real_queue->put(message, Milliseconds(0), "x"));
  start();
  const JobId next = add("anything");
  EXPECT_TRUE(becomes(next, JobState::kDone));
  EXPECT_TRUE(queue_empties());
}

TEST_F(AWorker, StoresThatAreAwayForAWhileLoseNothing) {
  const auto all = [&](bool is_down) {
    sessions.trouble.is_down = blobs.trouble.is_down = queue.trouble.is_down = is_down;
  };
  // Away when the result is there.
  std::atomic<int> puts = 0;
  blobs.before_put = [&] {
    if (puts++ == 0) all(true);
  };
  const JobId job = add("anything");
  start();
  ASSERT_TRUE(fakes::soon([&] { return puts > 2; }));
  EXPECT_EQ(record(job).state, JobState::kRunning);
  all(false);
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_EQ(record(job).attempts_used, 1) << "the finished result was kept";
  EXPECT_TRUE(queue_empties());
}

TEST_F(AWorker, StoresThatAreAwayWhileTheEngineWorksLoseNothing) {
  const JobId job = add("sleep 2000 50");
  config.jobs.limits.shortest_lease = Milliseconds(60'000);
  start();
  ASSERT_TRUE(is_at(job, "steps"));
  sessions.trouble.is_down = true;
  std::this_thread::sleep_for(Milliseconds(300));
  sessions.trouble.is_down = false;
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_EQ(record(job).attempts_used, 1);
}

TEST_F(AWorker, AQueueThatIsAwayAtTheStartIsWaitedFor) {
  queue.trouble.is_down = true;
  const JobId job = add("anything");
  start();
  std::this_thread::sleep_for(Milliseconds(100));
  queue.trouble.is_down = false;
  EXPECT_TRUE(becomes(job, JobState::kDone));
}

TEST_F(AWorker, AnAnswerThatIsLostIsAskedForAgain) {
  sessions.trouble.lost_answers = 1;  // of the take
  const JobId first = add("anything");
  start();
  ASSERT_TRUE(becomes(first, JobState::kDone));
  EXPECT_EQ(record(first).last_attempt, 1) << "the lease that was written is its own";
  ASSERT_TRUE(queue_empties());

  blobs.before_put = [&] { sessions.trouble.lost_answers = 1; };  // of the commit
  const JobId second = add("anything");
  ASSERT_TRUE(becomes(second, JobState::kDone));
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(record(second).last_attempt, 1);
  EXPECT_EQ(sessions.trouble.lost_answers, 0);
  EXPECT_EQ(results(), 2u) << "no result was taken for a late one";
}

TEST_F(AWorker, WhenTheCommitCannotBeWrittenInTimeTheAttemptIsLost) {
  config.jobs.limits.shortest_lease = Milliseconds(1'000);
  settings.patience = Milliseconds(100);
  std::atomic<bool> was_down = false;
  blobs.before_put = [&] {
    if (!was_down.exchange(true)) sessions.trouble.is_down = true;
  };
  const JobId job = add("anything");
  start();
  ASSERT_TRUE(fakes::soon([&] { return was_down && worker->running() == 0; }));
  EXPECT_EQ(record(job).state, JobState::kRunning);
  sessions.trouble.is_down = false;
  ASSERT_TRUE(becomes(job, JobState::kDone)) << "the sweeper ends the lease, and it runs again";
  EXPECT_EQ(record(job).attempts_used, 2);
}

TEST_F(AWorker, AnEngineThatCannotBeMadeIsToldAtTheStart) {
  config.worker.variant = "missing";
  const auto missing = Worker::start(config, stores, *board, context, settings);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kModelMissing);
  EXPECT_THAT(missing.error().message, HasSubstr("its files are not here"));

  config.worker.variant = "crash";
  const auto crashed = Worker::start(config, stores, *board, context, settings);
  ASSERT_FALSE(crashed);
  EXPECT_THAT(crashed.error().message, HasSubstr("signal 11"));

  config.worker.engine = "none such";
  const auto unknown = Worker::start(config, stores, *board, context, settings);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kUsage);
}

TEST_F(AWorker, AJobsVariantIsUsedAndTold) {
  const JobId other = add("anything", "other"), missing = add("anything", "missing");
  start();
  ASSERT_TRUE(becomes(other, JobState::kDone));
  EXPECT_TRUE(happened(other, Happened::kStarted, "(fake, other)"));
  EXPECT_EQ(nlohmann::json::parse(report(other, 1)->text)["variant"], "other");
  ASSERT_TRUE(becomes(missing, JobState::kDead));
  EXPECT_EQ(record(missing).attempts_used, 5) << "another worker may have it";
}

TEST_F(AWorker, ADeviceThatIsShortOfMemoryIsAskedForLess) {
  config.worker.engine = "short";
  const JobId job = add("anything");
  start();
  ASSERT_TRUE(becomes(job, JobState::kDone));
  EXPECT_EQ(record(job).attempts_used, 1);
}

TEST_F(AWorker, WhatDeadWorkersLeftIsRemovedAtTheStart) {
  const auto dead = folder.path() / "work" / "0123456789abcdef";
  std::filesystem::create_directories(dead / "job-1");
  testing::write_bytes(dead / "job-1" / "photo", ByteVector(10, 0));
  testing::write_bytes(dead.string() + ".lock", ByteVector());
  start();
  EXPECT_FALSE(std::filesystem::exists(dead));
  // What a living one has stays.
  const JobId job = add("sleep 20000 1");
  ASSERT_TRUE(is_at(job, "steps"));
  const std::size_t files = work_files();
  EXPECT_GE(files, 2u);
  auto other = Worker::start(config, stores, *board, context, settings);
  ASSERT_TRUE(other);
  EXPECT_EQ(work_files(), files);
  cancel(job);
}

int open_files() {
  int count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

TEST_F(AWorker, NothingGrowsWithTheNumberOfJobs) {
  const auto run = [&](int jobs) {
    JobId last;
    for (int i = 0; i < jobs; ++i) last = add("anything");
    ASSERT_TRUE(becomes(last, JobState::kDone));
    ASSERT_TRUE(fakes::soon([&] { return board->open_count() == 0 && worker->running() == 0; }));
  };
  start();
  run(20);
  const int files = open_files();
  const auto children = fakes::children_here();
  ASSERT_EQ(children.size(), 1u);
  const std::size_t here = fakes::memory_of(getpid()), there = fakes::memory_of(children[0]);
  run(180);
  EXPECT_EQ(open_files(), files);
  EXPECT_EQ(fakes::children_here(), children);
  constexpr std::size_t kSlack = 16 << 20;
  EXPECT_LT(fakes::memory_of(getpid()), here + kSlack);
  EXPECT_LT(fakes::memory_of(children[0]), there + kSlack);
  EXPECT_EQ(work_files(), 0u);
}

TEST_F(AWorker, AUsedUpChildIsReplaced) {
  settings.wear.most_jobs = 3;
  start();
  const auto first = fakes::children_here();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(becomes(add("anything"), JobState::kDone));
  EXPECT_EQ(fakes::children_here().size(), 1u);
  EXPECT_NE(fakes::children_here(), first);
}

}  // namespace
}  // namespace pawfect
