#include "worker/engine_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "image/test_files.h"
#include "worker/job_run.h"
#include "worker/test_child.h"

namespace pawfect {
namespace {

constexpr Milliseconds kLong{20'000};

// What the engine tells from a job's begin to its end.
struct Told {
  std::vector<EngineProgress> progress;
  std::optional<EngineNews> last;
};

struct AnEngineProcess : ::testing::Test {
  AnEngineProcess() {
    config.worker.engine = "fake";
    config.worker.threads = 1;
    testing::write_bytes(folder / "photo",
                         testing::encoded(testing::smooth(60, 40, 3), Container::kPng));
    Image white(60, 40, 1, SampleDepth::k8);
    std::fill(white.bytes.begin() + 15 * 60, white.bytes.begin() + 25 * 60, 255);
    testing::write_bytes(folder / "mask", testing::encoded(white, Container::kPng));
  }

  void make_ready(const std::string& variant = "") {
    ASSERT_TRUE(engine.want(engine_setup(config, variant)));
    while (!engine.is_ready()) ASSERT_TRUE(engine.hear(kLong));
  }
  void begin(const std::string& prompt) {
    engine.begin({0, folder / "photo", folder / "mask", folder / "out", {}, prompt});
  }
  Told hear_all() {
    Told told;
    while (auto news = engine.hear(kLong)) {
      if (auto* progress = std::get_if<EngineProgress>(&*news)) {
        told.progress.push_back(*progress);
        continue;
      }
      told.last = std::move(news);
      break;
    }
    return told;
  }
  // The error that a job ends with.
  Error failure() {
    const Told told = hear_all();
    const auto* const failed = told.last ? std::get_if<EngineFailed>(&*told.last) : nullptr;
    EXPECT_NE(failed, nullptr);
    return failed ? failed->error : Error{};
  }

  testing::TemporaryFolder folder;
  ServiceConfig config;
  EngineProcess engine{fakes::test_child("engine-child")};
};

TEST_F(AnEngineProcess, TellsEveryStageAndEveryStep) {
  make_ready();
  begin("sleep 100 20");
  const Told told = hear_all();
  ASSERT_TRUE(told.last && std::holds_alternative<EngineDone>(*told.last));
  std::vector<std::string> stages;
  for (const EngineProgress& one : told.progress)
    if (stages.empty() || stages.back() != one.stage) stages.push_back(one.stage);
  EXPECT_THAT(stages, ::testing::IsSupersetOf({"load", "mask", "steps", "save"}));
  EXPECT_GE(std::ranges::count(told.progress, "steps", &EngineProgress::stage), 20);
  EXPECT_TRUE(std::filesystem::exists(folder / "out"));
}

TEST_F(AnEngineProcess, OneChildDoesOneJobAfterTheOther) {
  make_ready();
  const auto child = fakes::children_here();
  for (const char* prompt : {"a", "bad", "b", "throw", "c"}) {
    begin(prompt);
    EXPECT_TRUE(engine.is_busy());
    ASSERT_TRUE(hear_all().last);
    EXPECT_FALSE(engine.is_busy());
  }
  EXPECT_EQ(fakes::children_here(), child);
}

TEST_F(AnEngineProcess, ACancelledJobEndsAndTheChildStays) {
  make_ready();
  begin("sleep 60000 1");
  ASSERT_TRUE(engine.hear(kLong));
  engine.cancel();
  EXPECT_EQ(failure().code, ErrorCode::kCancelled);
  begin("anything");
  ASSERT_TRUE(std::holds_alternative<EngineDone>(*hear_all().last));
}

TEST_F(AnEngineProcess, ACancelForAnEarlierJobDoesNotTouchTheNext) {
  make_ready();
  begin("anything");
  ASSERT_TRUE(std::holds_alternative<EngineDone>(*hear_all().last));
  engine.cancel();
  begin("sleep 100 1");
  EXPECT_TRUE(std::holds_alternative<EngineDone>(*hear_all().last));
}

TEST_F(AnEngineProcess, AnotherSetupTakesAnotherChild) {
  make_ready();
  const auto child = fakes::children_here();
  make_ready();
  EXPECT_EQ(fakes::children_here(), child) << "the same setup, the same child";
  make_ready("other");
  EXPECT_EQ(fakes::children_here().size(), 1u);
  EXPECT_NE(fakes::children_here(), child);
}

TEST_F(AnEngineProcess, AChildThatDiedBetweenTwoJobsIsReplaced) {
  make_ready();
  kill(fakes::children_here().at(0), SIGKILL);
  // Until the system has it.
  for (int round = 0; round < 1000 && engine.is_ready(); ++round) {
    ASSERT_TRUE(engine.want(engine_setup(config, "")));
    std::this_thread::sleep_for(Milliseconds(5));
  }
  while (!engine.is_ready()) ASSERT_TRUE(engine.hear(kLong));
  begin("anything");
  EXPECT_TRUE(std::holds_alternative<EngineDone>(*hear_all().last));
}

TEST_F(AnEngineProcess, NoChildOutlivesIt) {
  {
    EngineProcess other(fakes::test_child("engine-child"));
    ASSERT_TRUE(other.want(engine_setup(config, "")));
    EXPECT_EQ(fakes::children_here().size(), 1u);
  }
  EXPECT_TRUE(fakes::children_here().empty());
}

TEST_F(AnEngineProcess, AChildWhoseWorkerIsGoneEndsWhateverItDoes) {
  auto child = ChildProcess::start(fakes::test_child("engine-child"));
  ASSERT_TRUE(child);
  (*child)->channel().send(to_text(EngineOrder(engine_setup(config, ""))));
  const EngineJob spin{1, folder / "photo", folder / "mask", folder / "out", {}, "spin"};
  (*child)->channel().send(to_text(EngineOrder(spin)));
  ChildMessage message;
  while (message.text.find("mask") == std::string::npos)
    ASSERT_EQ((*child)->channel().receive(message, kLong), Heard::kMessage);
  EXPECT_EQ((*child)->end(kLong).text(), "ended with status 0");
}

TEST_F(AnEngineProcess, NonsenseEndsTheChild) {
  auto child = ChildProcess::start(fakes::test_child("engine-child"));
  ASSERT_TRUE(child);
  (*child)->channel().send("nonsense");
  EXPECT_EQ((*child)->wait(kLong)->text(), "ended with status 70");
}

TEST_F(AnEngineProcess, AMemoryThatIsShortIsTold) {
  make_ready();
  begin("bad_alloc");
  const Told told = hear_all();
  const auto* const failed = std::get_if<EngineFailed>(&*told.last);
  ASSERT_NE(failed, nullptr);
  EXPECT_TRUE(failed->is_memory_short);
  EXPECT_GT(failed->memory, 1'000'000u);
}

}  // namespace
}  // namespace pawfect
