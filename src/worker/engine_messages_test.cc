#include "worker/engine_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace pawfect {
namespace {

using testing::HasSubstr;

template <typename Order>
Order again(const Order& order) {
  const auto read = parse_engine_order(to_text(EngineOrder(order)), {});
  EXPECT_TRUE(read) << read.error().message;
  return std::get<Order>(*read);
}

template <typename Answer>
Answer told(const Answer& answer) {
  const auto read = parse_engine_answer(to_text(EngineAnswer(answer)));
  EXPECT_TRUE(read) << read.error().message;
  return std::get<Answer>(*read);
}

std::string trouble(std::string_view text) {
  const auto read = parse_engine_answer(text);
  if (read) return "";
  EXPECT_EQ(read.error().code, ErrorCode::kBug);
  return read.error().message;
}

TEST(EngineMessages, ASetupArrivesAsItWasSent) {
  EngineChildSetup setup;
  setup.engine = "flux";
  setup.setup.models = "/models";
  setup.setup.variant = "q8_0";
  setup.setup.backend = "cuda";
  setup.setup.threads = 3;
  setup.setup.text_tokens = 64;
  setup.setup.working_size = 512;
  setup.setup.has_many_jobs = true;
  setup.setup.memory = 1ull << 40;
  setup.limits = {1, 2, 3, 4};
  setup.memory_limit = 5;
  setup.most_steps = 6;
  const EngineChildSetup read = again(setup);
  EXPECT_EQ(to_text(EngineOrder(read)), to_text(EngineOrder(setup)));
  EXPECT_EQ(read.engine, "flux");
  EXPECT_EQ(read.setup.models, "/models");
  EXPECT_EQ(read.setup.variant, "q8_0");
  EXPECT_EQ(read.setup.backend, "cuda");
  EXPECT_EQ(read.setup.memory, 1ull << 40);
  EXPECT_TRUE(read.setup.has_many_jobs);
  EXPECT_EQ(read.limits.max_frames, 4);
  EXPECT_EQ(read.memory_limit, 5);
}

TEST(EngineMessages, AJobArrivesAsItWasSent) {
  const EngineJob job{7, "/w/photo", "/w/mask", "/w/out", {.seed = 8, .steps = 9}, "gr\u00fcn"};
  const EngineJob read = again(job);
  EXPECT_EQ(read.number, 7);
  EXPECT_EQ(read.photo, "/w/photo");
  EXPECT_EQ(read.mask, "/w/mask");
  EXPECT_EQ(read.out, "/w/out");
  EXPECT_EQ(read.options, job.options);
  EXPECT_EQ(read.prompt, job.prompt);
  EXPECT_EQ(again(EngineCancel{7}).number, 7);
}

TEST(EngineMessages, AnswersArriveAsTheyWereSent) {
  const EngineProgress progress = told(EngineProgress{"steps", 0.25});
  EXPECT_EQ(progress.stage, "steps");
  EXPECT_EQ(progress.fraction, 0.25);
  const EngineDone done = told(EngineDone{R"({"a":1})", 2, 3});
  EXPECT_EQ(done.report, R"({"a":1})");
  EXPECT_EQ(done.memory, 2u);
  EXPECT_EQ(done.peak_memory, 3u);
  const EngineFailed failed =
      told(EngineFailed{{ErrorCode::kMaskRejected, "mask: is empty"}, true, 4});
  EXPECT_EQ(failed.error.code, ErrorCode::kMaskRejected);
  EXPECT_EQ(failed.error.message, "mask: is empty");
  EXPECT_TRUE(failed.is_memory_short);
  told(EngineReady{});
}

TEST(EngineMessages, TextsThatAreTooLongAreCutAndBytesThatAreNoTextReplaced) {
  EXPECT_LT(told(EngineProgress{std::string(5'000, 'x'), 0}).stage.size(), 200u);
  EXPECT_LT(told(EngineFailed{{ErrorCode::kBug, std::string(50'000, '\xff')}, false, 0})
                .error.message.size(),
            4'001u);
}

TEST(EngineMessages, WhatIsNoAnswerIsRefused) {
  EXPECT_NE(trouble("hello"), "");
  EXPECT_THAT(trouble(R"({"kind":"gift"})"), HasSubstr("kind"));
  EXPECT_THAT(trouble(R"({"kind":"progress","stage":"a","fraction":2})"), HasSubstr("fraction"));
  EXPECT_THAT(
      trouble(R"({"kind":"failed","code":1,"message":"","isMemoryShort":false,"memory":0})"),
      HasSubstr("code"));
  EXPECT_THAT(trouble(R"({"kind":"done","report":"{}","memory":-1,"peakMemory":0})"),
              HasSubstr("memory"));
}

TEST(EngineMessages, AJobWithOptionsThatAreNotAllowedIsRefused) {
  const EngineJob job{1, "a", "b", "c", {.steps = 40}, ""};
  const auto read = parse_engine_order(to_text(EngineOrder(job)), {.most_steps = 20});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("steps"));
}

}  // namespace
}  // namespace pawfect
