// Forms and uploads on their way into files.
#include "http/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "http/spool.h"

namespace pawfect::http {
namespace {

using testing::HasSubstr;

class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "http-form-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  auto count() const {
    return std::distance(std::filesystem::directory_iterator(path_),
                         std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path path_;
};

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A body that comes in small pieces, and may break off.
class TextBody : public Body {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  void break_off_at_end() { breaks_off_ = true; }

  asio::awaitable<std::expected<std::size_t, Problem>> read(std::span<std::byte> room) override {
    if (text_.empty() && breaks_off_)
      co_return std::unexpected(Problem{400, "body", "the body broke off"});
    const std::size_t count = std::min({room.size(), text_.size(), std::size_t{100}});
    std::memcpy(room.data(), text_.data(), count);
    text_.erase(0, count);
    co_return count;
  }

 private:
  std::string text_;
  bool breaks_off_ = false;
};

template <typename Value>
asio::awaitable<void> keep(asio::awaitable<Value> work, std::optional<Value>& kept) {
  kept.emplace(co_await std::move(work));
}

template <typename Value>
Value result_of(asio::awaitable<Value> work) {
  asio::io_context context;
  std::optional<Value> result;
  asio::co_spawn(context, keep(std::move(work), result), asio::detached);
  context.run();
  return std::move(result.value());
}

std::expected<Form, Problem> read_text(const std::string& text, const Folder& folder,
                                       FormRules rules = {{"image", "mask"}, 100}) {
  Request request;
  request.headers = {{"content-type", "multipart/form-data; boundary=B"}};
  TextBody body(text);
  return result_of(read_form(request, body, std::move(rules), folder.path()));
}

std::string part(const std::string& disposition, const std::string& data) {
  std::string text = "--B\r\nContent-Disposition: form-data; ";
  return text.append(disposition).append("\r\n\r\n").append(data).append("\r\n");
}

TEST(Form, PutsFilesIntoFilesAndFieldsIntoTexts) {
  const Folder folder;
  const std::string picture(100'000, 'p');
  {
    auto form =
        read_text(part("name=image; filename=\"../cat.jpg\"", picture) +
                      part("name=options", "{\"a\":1}") + part("name=mask", "m") + "--B--\r\n",
                  folder);
    ASSERT_TRUE(form) << form.error().detail;
    ASSERT_NE(form->file("image"), nullptr);
    EXPECT_EQ(form->file("image")->file_name, "../cat.jpg");
    EXPECT_EQ(form->file("image")->file.size(), 100'000u);
    EXPECT_EQ(contents(form->file("image")->file.path()), picture);
    EXPECT_EQ(form->file("image")->file.path().parent_path(), folder.path());
    EXPECT_EQ(contents(form->file("mask")->file.path()), "m");
    EXPECT_EQ(form->file("options"), nullptr);
    EXPECT_EQ(form->field("options"), "{\"a\":1}");
    EXPECT_EQ(form->field("other"), std::nullopt);
    EXPECT_EQ(folder.count(), 2);
  }
  EXPECT_EQ(folder.count(), 0) << "nobody kept them";
}

TEST(Form, RefusesClearlyAndLeavesNoFile) {
  const Folder folder;
  const std::string image = part("name=image", "p");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {image + image + "--B--", "'image' twice"},
      {image + part("name=a", "") + part("name=a", "") + "--B--", "'a' twice"},
      {image + part("name=a", std::string(101, 'x')) + "--B--", "'a' has more than 100 bytes"},
      {image, "ends in the middle"},
      {image + "--Bx\r\n", "behind a boundary"},
      {"", "ends in the middle"},
  };
  for (const auto& [text, problem] : cases) {
    const auto form = read_text(text, folder);
    ASSERT_FALSE(form) << text;
    EXPECT_EQ(form.error().status, 400);
    EXPECT_THAT(form.error().detail, HasSubstr(problem));
    EXPECT_EQ(folder.count(), 0) << problem;
  }
}

TEST(Form, IsRefusedWhenItIsOfAnotherKind) {
  const Folder folder;
  Request request;
  TextBody body("{}");
  const auto form = result_of(read_form(request, body, {}, folder.path()));
  ASSERT_FALSE(form);
  EXPECT_EQ(form.error().status, 415);
}

TEST(Form, HandsOnWhatIsWrongWithItsBody) {
  const Folder folder;
  Request request;
  request.headers = {{"content-type", "multipart/form-data; boundary=B"}};
  TextBody body(part("name=image", "p"));
  body.break_off_at_end();
  const auto form = result_of(read_form(request, body, {{"image"}}, folder.path()));
  ASSERT_FALSE(form);
  EXPECT_EQ(form.error().detail, "the body broke off");
  EXPECT_EQ(folder.count(), 0);
}

TEST(Form, SaysThatThereIsNoRoom) {
  const Folder folder;
  const auto form = [&] {
    Request request;
    request.headers = {{"content-type", "multipart/form-data; boundary=B"}};
    TextBody body(part("name=image", "p"));
    return result_of(read_form(request, body, {{"image"}}, folder.path() / "missing"));
  }();
  ASSERT_FALSE(form);
  EXPECT_EQ(form.error().status, 507);
}

TEST(Spool, WritesABodyIntoAFile) {
  const Folder folder;
  const std::string text(70'000, 'x');
  TextBody body(text);
  auto file = result_of(spool_body(body, folder.path()));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size(), text.size());
  EXPECT_EQ(contents(file->path()), text);
  std::filesystem::rename(file->path(), folder.path() / "kept");
  *file = *SpoolFile::create(folder.path());
  EXPECT_EQ(folder.count(), 2);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "kept"));
}

TEST(Spool, LeavesNoFileOfABodyThatBreaksOff) {
  const Folder folder;
  TextBody body("hello");
  body.break_off_at_end();
  const auto file = result_of(spool_body(body, folder.path()));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().status, 400);
  EXPECT_EQ(folder.count(), 0);
}

TEST(Spool, SaysThatTheDiskIsFull) {
  const Folder folder;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{10'000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  TextBody body(std::string(20'000, 'x'));
  const auto file = result_of(spool_body(body, folder.path()));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().status, 507);
  EXPECT_EQ(folder.count(), 0);
}

TEST(Spool, IsCleanedOfWhatDeadProcessesLeft) {
  const Folder folder;
  for (const char* name : {"upload-a1b2c3", "upload-x", "picture"})
    std::ofstream(folder.path() / name) << "x";
  clean_spool(folder.path());
  EXPECT_EQ(folder.count(), 1);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "picture"));
  clean_spool(folder.path() / "missing");
}

}  // namespace
}  // namespace pawfect::http
