#include "worker/fill_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace pawfect {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const FillBounds kBounds{.most_steps = 50};

std::string trouble(std::string_view json) {
  const auto options = parse_fill_options(json, kBounds);
  if (options) return "";
  EXPECT_EQ(options.error().code, ErrorCode::kBadInput);
  return options.error().message;
}

std::string form_trouble(std::string_view name, std::string_view value) {
  FillOptions options;
  const auto set = set_fill_option(options, name, value, kBounds);
  if (set) return "";
  EXPECT_EQ(set.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(options, FillOptions()) << "a refused value must not be kept";
  return set.error().message;
}

FillOptions all_set() {
  return {.seed = 18446744073709551615u,
          .prompt = "grüner Rasen",
          .grow = 8,
          .blend = 0,
          .invert = false,
          .follow_shadow = true,
          .strip_location = true,
          .steps = 50,
          .guidance = 27.5,
          .refine = 0.3,
          .jpeg_quality = 90,
          .variant = "flux-q8_0"};
}

TEST(FillOptions, EveryMemberIsRead) {
  const auto options = parse_fill_options(
      R"({"seed":18446744073709551615,"prompt":"grüner Rasen","grow":8,"blend":0,"invert":false,
          "followShadow":true,"stripLocation":true,"steps":50,"guidance":27.5,"refine":0.3,
          "jpegQuality":90,"variant":"flux-q8_0"})",
      kBounds);
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(*options, all_set());
}

TEST(FillOptions, WhatIsWrittenReadsBackAsItself) {
  for (const FillOptions& options : {FillOptions(), all_set(), FillOptions{.prompt = ""}})
    EXPECT_EQ(parse_fill_options(to_text(options), kBounds), options) << to_text(options);
}

TEST(FillOptions, NothingIsWrittenOfWhatIsNotSet) { EXPECT_EQ(to_text(FillOptions()), "{}"); }

TEST(FillOptions, AnEmptyPromptIsAPrompt) {
  EXPECT_EQ(parse_fill_options(R"({"prompt":""})", kBounds)->prompt, "");
  EXPECT_EQ(parse_fill_options("{}", kBounds)->prompt, std::nullopt);
}

TEST(FillOptions, AMistypedMemberNamesTheNearest) {
  EXPECT_THAT(trouble(R"({"sed":1})"),
              AllOf(StartsWith("\"sed\""), HasSubstr("did you mean seed?")));
  EXPECT_THAT(trouble(R"({"follow_shadow":true})"), HasSubstr("did you mean followShadow?"));
  EXPECT_THAT(trouble(R"({"xyzzyplugh":1})"), HasSubstr("leave it out"));
}

TEST(FillOptions, AnUnknownMembersNameIsShownShortAndOnOneLine) {
  const std::string said = trouble("{\"" + std::string(5000, 'x') + R"(\n":1})");
  EXPECT_LT(said.size(), 200u);
  EXPECT_EQ(said.find('\n'), std::string::npos);
}

TEST(FillOptions, EachWrongValueIsRefusedWithTheMembersName) {
  for (const auto& [json, name] : {
           std::pair{R"({"seed":-1})", "seed"},
           {R"({"seed":1.5})", "seed"},
           {R"({"seed":18446744073709551616})", "seed"},
           {R"({"seed":"7"})", "seed"},
           {R"({"prompt":7})", "prompt"},
           {R"({"prompt":"a\nb"})", "prompt"},
           {R"({"grow":257})", "grow"},
           {R"({"grow":-1})", "grow"},
           {R"({"grow":4294967296})", "grow"},
           {R"({"grow":8.0})", "grow"},
           {R"({"blend":129})", "blend"},
           {R"({"invert":1})", "invert"},
           {R"({"followShadow":"true"})", "followShadow"},
           {R"({"stripLocation":null})", "stripLocation"},
           {R"({"steps":0})", "steps"},
           {R"({"steps":51})", "steps"},
           {R"({"guidance":100.5})", "guidance"},
           {R"({"guidance":[1]})", "guidance"},
           {R"({"refine":0})", "refine"},
           {R"({"jpegQuality":101})", "jpegQuality"},
           {R"({"variant":""})", "variant"},
           {R"({"variant":"../q8"})", "variant"},
       }) {
    EXPECT_THAT(trouble(json),
                AllOf(StartsWith(std::string(name) + ": found "), HasSubstr("; allowed: ")))
        << json;
  }
}

TEST(FillOptions, APromptEndsAt500Bytes) {
  const auto with = [](int bytes) { return R"({"prompt":")" + std::string(bytes, 'g') + "\"}"; };
  EXPECT_EQ(trouble(with(500)), "");
  EXPECT_THAT(trouble(with(501)), StartsWith("prompt: "));
}

TEST(FillOptions, WhatIsNoObjectOfPlainMembersIsRefused) {
  for (const char* json : {"", "7", "[]", "{", R"({"seed":1,"seed":1})", R"({"seed":{"a":{}}})"})
    EXPECT_THAT(trouble(json), StartsWith("options: ")) << json;
  EXPECT_THAT(trouble("{\"prompt\":\"" + std::string(9000, ' ') + "\"}"),
              HasSubstr("allowed are at most"));
}

TEST(FillOptions, AFormSaysTheSame) {
  FillOptions options;
  for (const auto& [name, value] : {
           std::pair{"seed", "18446744073709551615"},
           {"prompt", "grüner Rasen"},
           {"grow", "8"},
           {"blend", "0"},
           {"invert", "false"},
           {"followShadow", "true"},
           {"stripLocation", "true"},
           {"steps", "50"},
           {"guidance", "27.5"},
           {"refine", "0.3"},
           {"jpegQuality", "90"},
           {"variant", "flux-q8_0"},
       }) {
    const auto set = set_fill_option(options, name, value, kBounds);
    EXPECT_TRUE(set) << set.error().message;
  }
  EXPECT_EQ(options, all_set());
}

TEST(FillOptions, AFormsTextThatIsNoValueIsRefused) {
  EXPECT_THAT(form_trouble("seed", "seven"), StartsWith("seed: found \"seven\""));
  EXPECT_THAT(form_trouble("seed", ""), StartsWith("seed: found \"\""));
  EXPECT_THAT(form_trouble("seed", "[1]"), StartsWith("seed: "));
  EXPECT_THAT(form_trouble("guidance", "1e999"), StartsWith("guidance: "));
  EXPECT_THAT(form_trouble("invert", "yes"), StartsWith("invert: "));
  EXPECT_THAT(form_trouble("prompt", "\xff\xfe"), StartsWith("prompt: "));
  EXPECT_THAT(form_trouble("prompt", std::string(601, 'x')), StartsWith("prompt: found 601 bytes"));
  EXPECT_THAT(form_trouble("promt", "x"), HasSubstr("did you mean prompt?"));
}

TEST(FillOptions, AFormsPromptMayLookLikeANumber) {
  FillOptions options;
  ASSERT_TRUE(set_fill_option(options, "prompt", "7", kBounds));
  EXPECT_EQ(options.prompt, "7");
}

}  // namespace
}  // namespace pawfect
