#include "fill/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fill/fake_engines.h"

namespace pawfect {
namespace {

using testing::AllOf;
using testing::HasSubstr;

EngineRegistry two_engines() {
  EngineRegistry registry;
  registry.add("texture", "needs no weights",
               [](const EngineSetup&) -> Result<std::unique_ptr<FillEngine>> {
                 return std::make_unique<fakes::FakeEngine>(fakes::constant_fill(1));
               });
  registry.add("flux", "needs weights",
               [](const EngineSetup& setup) -> Result<std::unique_ptr<FillEngine>> {
                 return fail(ErrorCode::kModelMissing,
                             setup.models.string() + " has no variant " + setup.variant);
               });
  return registry;
}

TEST(EngineRegistry, MakesAnEngineByItsName) {
  const auto engine = two_engines().create("texture", {});
  ASSERT_TRUE(engine);
  EXPECT_EQ((*engine)->name(), "fake");
}

TEST(EngineRegistry, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  const auto engine = two_engines().create("textura", {});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kUsage);
  EXPECT_THAT(engine.error().message, AllOf(HasSubstr("textura"), HasSubstr("texture, flux")));
}

TEST(EngineRegistry, TheFactorysRefusalIsPassedOn) {
  const auto engine = two_engines().create("flux", {.models = "models", .variant = "dev-q8"});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kModelMissing);
  EXPECT_EQ(engine.error().message, "models has no variant dev-q8");
}

TEST(EngineRegistry, ListsItsEnginesInTheOrderTheyWereAdded) {
  const EngineRegistry registry = two_engines();
  ASSERT_EQ(registry.entries().size(), 2u);
  EXPECT_EQ(registry.entries()[0].name, "texture");
  EXPECT_EQ(registry.entries()[1].summary, "needs weights");
}

}  // namespace
}  // namespace pawfect
