// Stores that fail when a test wants them to, over the real ones of one machine: each call of a
// store that is down says kUnavailable. For tests only; safe from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/file_blob_store.h"
#include "store/sqlite_queue.h"
#include "store/sqlite_session_store.h"
#include "store/stores.h"

namespace pawfect::fakes {

// Down while `is_down`; besides, the next `lost_answers` writes are done and then said to have
// failed.
struct Trouble {
  std::atomic<bool> is_down = false;
  std::atomic<int> lost_answers = 0;

  bool loses_answer() {
    int left = lost_answers;
    while (left > 0)
      if (lost_answers.compare_exchange_weak(left, left - 1)) return true;
    return false;
  }
};

inline std::unexpected<Error> is_down() { return fail(ErrorCode::kUnavailable, "store: is down"); }

class FlakySessions : public SessionStore {
 public:
  explicit FlakySessions(SessionStore& real) : real_(real) {}
  Trouble trouble;

  Result<std::optional<Document>> read(Kind kind, std::string_view key) override {
    if (trouble.is_down) return is_down();
    return real_.read(kind, key);
  }
  Result<std::optional<Revision>> create(Kind kind, std::string_view key,
                                         std::string_view text) override {
    if (trouble.is_down) return is_down();
    return real_.create(kind, key, text);
  }
  Result<std::optional<Revision>> replace(Kind kind, std::string_view key, std::string_view text,
                                          Revision expected) override {
    if (trouble.is_down) return is_down();
    auto done = real_.replace(kind, key, text, expected);
    if (trouble.loses_answer()) return is_down();
    return done;
  }
  Result<void> put(Kind kind, std::string_view key, std::string_view text) override {
    if (trouble.is_down) return is_down();
    return real_.put(kind, key, text);
  }
  Result<bool> remove(Kind kind, std::string_view key, Revision expected) override {
    if (trouble.is_down) return is_down();
    return real_.remove(kind, key, expected);
  }
  Result<std::unique_ptr<ChangeFeed>> follow(Kind kind) override { return real_.follow(kind); }
  Result<void> check() override {
    if (trouble.is_down) return is_down();
    return real_.check();
  }

 private:
  SessionStore& real_;
};

class FlakyBlobs : public BlobStore {
 public:
  explicit FlakyBlobs(BlobStore& real) : real_(real) {}
  Trouble trouble;
  std::function<void()> before_put = [] {};

  Result<std::string> put(std::string_view prefix, const std::filesystem::path& file) override {
    before_put();
    if (trouble.is_down) return is_down();
    return real_.put(prefix, file);
  }
  Result<std::optional<OpenBlob>> open(std::string_view name) override {
    if (trouble.is_down) return is_down();
    return real_.open(name);
  }
  Result<void> remove(std::string_view name) override { return real_.remove(name); }
  Result<std::vector<BlobEntry>> list(std::string_view prefix, std::string_view after,
                                      int most) override {
    return real_.list(prefix, after, most);
  }
  Result<void> check() override {
    if (trouble.is_down) return is_down();
    return real_.check();
  }

 private:
  BlobStore& real_;
};

class FlakyQueue : public JobQueue {
 public:
  explicit FlakyQueue(JobQueue& real) : real_(real) {}
  Trouble trouble;
  std::atomic<int> lost_acknowledgements = 0;
  std::atomic<int> extensions = 0;

  Result<void> put(const JobMessage& message, Milliseconds delay, std::string_view once) override {
    if (trouble.is_down) return is_down();
    return real_.put(message, delay, once);
  }
  Result<std::optional<Delivery>> take(Milliseconds wait) override {
    if (trouble.is_down) return is_down();
    return real_.take(wait);
  }
  Result<void> acknowledge(const Delivery& delivery) override {
    if (trouble.is_down) return is_down();
    if (lost_acknowledgements > 0) {
      --lost_acknowledgements;
      return {};
    }
    return real_.acknowledge(delivery);
  }
  Result<void> put_back(const Delivery& delivery, Milliseconds delay,
                        const JobMessage& payload) override {
    if (trouble.is_down) return is_down();
    return real_.put_back(delivery, delay, payload);
  }
  Result<void> extend(const Delivery& delivery) override {
    ++extensions;
    return real_.extend(delivery);
  }
  Result<void> send_letter(const DeadLetter& letter, std::string_view once) override {
    if (trouble.is_down) return is_down();
    return real_.send_letter(letter, once);
  }
  Result<std::vector<StoredLetter>> letters(int most) override { return real_.letters(most); }
  Result<void> remove_letter(std::string_view name) override { return real_.remove_letter(name); }
  Result<std::int64_t> length() override { return real_.length(); }
  Result<void> check() override {
    if (trouble.is_down) return is_down();
    return real_.check();
  }

 private:
  JobQueue& real_;
};

}  // namespace pawfect::fakes
