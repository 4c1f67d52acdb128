#include "models/models_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace pawfect {
namespace {

// Sets a variable of the environment, or takes it away, for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) before_ = old;
    set(value);
  }
  ~Variable() { set(before_ ? before_->c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) {
    if (value != nullptr)
      ::setenv(name_, value, 1);
    else
      ::unsetenv(name_);
  }

  const char* name_;
  std::optional<std::string> before_;
};

TEST(ModelsFolder, TheOptionComesFirstThenTheEnvironmentThenTheHome) {
  const Variable home("HOME", "/home/ann");
  {
    const Variable named("PAWFECT_MODELS", "/disk/models");
    EXPECT_EQ(models_folder("here").value(), "here");
    EXPECT_EQ(models_folder("").value(), "/disk/models");
  }
  const Variable empty("PAWFECT_MODELS", "");
  EXPECT_EQ(models_folder("").value(), "/home/ann/.local/share/pawfect/models");
}

TEST(ModelsFolder, WithoutAnyOfThemTheOptionIsAskedFor) {
  const Variable home("HOME", nullptr);
  const Variable named("PAWFECT_MODELS", nullptr);
  const auto folder = models_folder("");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kUsage);
  EXPECT_NE(folder.error().message.find("--models"), std::string::npos);
}

}  // namespace
}  // namespace pawfect
