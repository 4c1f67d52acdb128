#include "labeler/label_service.h"

#include <gtest/gtest.h>

#include "labeler/local_label_caller.h"
#include "labeler/test_labeling.h"

namespace pawfect {
namespace {

using fakes::eventually;
using fakes::job_id;
using fakes::Labeling;
using fakes::session_id;

struct LabelServiceTest : testing::Test {
  Labeling world;
  std::unique_ptr<LabelService> service =
      std::make_unique<LabelService>(world.labeler, world.stores, world.limits, world.context);

  void ask(const SessionRecord& session) {
    EXPECT_EQ(service->put(session.id, session.photo), LabelService::Put::kTaken);
  }
};

TEST_F(LabelServiceTest, WritesWhatWasSeenIntoTheSession) {
  const WallTime before = world.clock.wall();
  ask(world.add_session('1'));
  ASSERT_TRUE(eventually([&] { return world.session('1').labels.has_value(); }));
  const SceneLabels labels = *world.session('1').labels;
  EXPECT_EQ(labels.labels, (std::vector<SceneLabel>{{"grass", 0.9, 0.8}}));
  EXPECT_EQ(labels.model, "fake");
  EXPECT_GE(labels.at, before);
  EXPECT_EQ(world.labeler.last_size, 14u);
}

TEST_F(LabelServiceTest, WakesAJobThatWaitsForLabels) {
  JobRecord job = world.accepted_job('a');
  world.take(job, LabelState::kMissing);
  ASSERT_EQ(job.state, JobState::kWaitingForLabels);
  world.add_job(job);
  ask(world.add_session('1', {job_id('a')}));
  const auto delivery = world.queue->take(Milliseconds(10'000));
  ASSERT_TRUE(delivery && *delivery);
  EXPECT_EQ((*delivery)->message.job, job_id('a'));
  EXPECT_EQ(world.job('a').labels, LabelArrival::kInTime);
  EXPECT_EQ(too_early_by(world.job('a'), world.clock.wall()), Milliseconds(0));
  EXPECT_EQ(world.labels("in_time"), 1);
}

TEST_F(LabelServiceTest, TellsEveryJobOfTheSessionInItsState) {
  const JobRecord queued = world.accepted_job('a');
  JobRecord running = world.accepted_job('b'), cancelled = world.accepted_job('c');
  world.take(running, LabelState::kPromptGiven);
  ASSERT_EQ(running.state, JobState::kRunning);
  ASSERT_EQ(world.policy.on_cancel(cancelled), CancelAnswer::kCancelled);
  for (const JobRecord& job : {queued, running, cancelled}) world.add_job(job);
  // One was accepted and its record is not there yet.
  ask(world.add_session('1', {job_id('a'), job_id('f'), job_id('b'), job_id('c')}));
  ASSERT_TRUE(eventually([&] { return world.labels("late") == 2; }));
  EXPECT_EQ(world.labels("in_time"), 1);
  EXPECT_EQ(world.job('a').labels, LabelArrival::kInTime);
  EXPECT_EQ(world.job('b').labels, LabelArrival::kLate);
  EXPECT_EQ(world.job('b').state, JobState::kRunning);
  EXPECT_EQ(world.job('c').state, JobState::kCancelled);
  EXPECT_EQ(world.queue->length(), 0);
}

TEST_F(LabelServiceTest, RejectsWhatIsNoPhotoOfALivingSession) {
  const SessionRecord expired = world.add_session('1');
  ASSERT_TRUE(Sessions(*world.sessions).change(expired.id, [](SessionRecord& record) {
    return record.is_expired = true;
  }));
  const SessionRecord lost = world.add_session('2');
  ASSERT_TRUE(world.blobs->remove(lost.photo));
  const SessionRecord other = world.add_session('3');

  ask(expired);
  ask(lost);
  EXPECT_EQ(service->put(other.id, expired.photo), LabelService::Put::kTaken);
  EXPECT_EQ(service->put(session_id('9'), other.photo), LabelService::Put::kTaken);
  EXPECT_TRUE(eventually([&] { return world.labels("rejected") == 4; }));
  EXPECT_EQ(world.labeler.looks, 0);
  for (const char digit : {'1', '2', '3'}) EXPECT_FALSE(world.session(digit).labels);
}

TEST_F(LabelServiceTest, RejectsASessionThatExpiredWhileItLooked) {
  const SessionRecord session = world.add_session('1');
  world.labeler.before_answer = [&] {
    ASSERT_TRUE(Sessions(*world.sessions).change(session.id, [](SessionRecord& record) {
      return record.is_expired = true;
    }));
  };
  ask(session);
  EXPECT_TRUE(eventually([&] { return world.labels("rejected") == 1; }));
  EXPECT_FALSE(world.session('1').labels);
}

TEST_F(LabelServiceTest, KeepsTheFirstLabelsAndTellsTheJobsAgain) {
  JobRecord job = world.accepted_job('a');
  world.take(job, LabelState::kMissing);
  world.add_job(job);
  SessionRecord session = world.add_session('1', {job_id('a')});
  ASSERT_TRUE(Sessions(*world.sessions).change(session.id, [&](SessionRecord& record) {
    record.labels = SceneLabels{{{"sand", 0.5, 0.5}}, "other", "2", world.clock.wall()};
    return true;
  }));
  ask(session);
  EXPECT_TRUE(world.queue->take(Milliseconds(10'000)).value());
  EXPECT_EQ(world.labeler.looks, 0);
  EXPECT_EQ(world.session('1').labels->model, "other");
}

TEST_F(LabelServiceTest, GoesOnAfterAPhotoThatCannotBeSeen) {
  world.labeler.fails = true;
  ask(world.add_session('1'));
  ASSERT_TRUE(eventually([&] { return world.labels("failed") == 1; }));
  world.labeler.fails = false;
  ask(world.add_session('2'));
  EXPECT_TRUE(eventually([&] { return world.session('2').labels.has_value(); }));
  EXPECT_FALSE(world.session('1').labels);
}

TEST_F(LabelServiceTest, TakesOnlySoManyAndEachOnce) {
  world.labeler.is_shut = true;
  const SessionRecord first = world.add_session('1');
  ask(first);
  ASSERT_TRUE(eventually([&] { return world.labeler.looks == 1; }));
  const auto photo = [](std::size_t i) { return "sessions/1/" + std::to_string(i); };
  for (std::size_t i = 0; i < LabelService::kMostWaiting; ++i)
    ASSERT_EQ(service->put(first.id, photo(i)), LabelService::Put::kTaken);
  EXPECT_EQ(service->put(first.id, photo(5)), LabelService::Put::kTaken);
  EXPECT_EQ(service->put(first.id, photo(LabelService::kMostWaiting)), LabelService::Put::kFull);

  LocalLabelCaller caller(*service, world.context);
  caller.ask(first.id, photo(7));
  caller.ask(first.id, "sessions/1/another");
  EXPECT_EQ(world.calls("accepted"), 1);
  EXPECT_EQ(world.calls("dropped"), 1);
}

TEST_F(LabelServiceTest, StopsWhileItLooks) {
  world.labeler.is_shut = true;
  ask(world.add_session('1'));
  ask(world.add_session('2'));
  ASSERT_TRUE(eventually([&] { return world.labeler.looks == 1; }));
  service.reset();
  EXPECT_EQ(world.labeler.looks, 1);
  EXPECT_FALSE(world.session('1').labels);
}

// A store that cannot be reached.
class NoSessions : public SessionStore {
 public:
  Result<std::optional<Document>> read(Kind, std::string_view) override { return none(); }
  Result<std::optional<Revision>> create(Kind, std::string_view, std::string_view) override {
    return none();
  }
  Result<std::optional<Revision>> replace(Kind, std::string_view, std::string_view,
                                          Revision) override {
    return none();
  }
  Result<void> put(Kind, std::string_view, std::string_view) override { return none(); }
  Result<bool> remove(Kind, std::string_view, Revision) override { return none(); }
  Result<std::unique_ptr<ChangeFeed>> follow(Kind) override { return none(); }
  Result<void> check() override { return none(); }

 private:
  static std::unexpected<Error> none() { return fail(ErrorCode::kUnavailable, "away"); }
};

TEST(LabelService, ForgetsAPhotoWhenTheStoreIsAway) {
  Labeling world;
  NoSessions away;
  LabelService service(world.labeler, {away, *world.queue, *world.blobs}, world.limits,
                       world.context);
  EXPECT_EQ(service.put(session_id('1'), "sessions/1/photo"), LabelService::Put::kTaken);
  EXPECT_TRUE(eventually([&] {
    return fakes::sample(world.metrics, R"(pawfect_store_errors_total{store="sessions"})") == 1;
  }));
  EXPECT_EQ(world.labeler.looks, 0);
}

}  // namespace
}  // namespace pawfect
