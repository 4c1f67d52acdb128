#include "store/s3_blob_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "base/new_file.h"
#include "base/sha256.h"
#include "store/blob_name.h"
#include "store/s3_address.h"
#include "store/s3_client.h"
#include "store/s3_list.h"
#include "store/s3_xml.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

// Of objects that are not ours, a list may bring so many pages before it is given up.
constexpr int kMostPages = 1000;

std::string said(int error) { return std::generic_category().message(error); }

// A file that goes when it is closed. O_TMPFILE would do it in one step, but not every file system
// of a container has it.
Result<FileDescriptor> nameless_file(const fs::path& folder) {
  std::string path = folder / ".pawfect-blob-XXXXXX";
  FileDescriptor file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file.is_open() || ::unlink(path.c_str()) != 0)
    return fail(ErrorCode::kUnavailable, fmt::format("s3: {}: {}; blobs are read through this "
                                                     "folder, it must be there and writable",
                                                     folder.string(), said(errno)));
  return file;
}

// A blob on its way from the server: into the file, hashed as it comes.
class ReceivedBlob : public S3Receiver {
 public:
  ReceivedBlob(FileDescriptor file, std::string digest, std::uint64_t most_bytes)
      : file_(std::move(file)), digest_(std::move(digest)), most_bytes_(most_bytes) {}

  Result<void> begin() override {
    hash_ = Sha256();
    size_ = 0;
    return at_start(::ftruncate(file_.get(), 0));
  }

  Result<void> take(std::span<const std::byte> bytes) override {
    if (bytes.size() > most_bytes_ - size_)
      return fail(ErrorCode::kBadInput,
                  fmt::format("more than {} bytes, the most for a blob", most_bytes_));
    hash_.add(bytes);
    size_ += bytes.size();
    if (const int error = write_all(file_.get(), bytes); error != 0) return unwritten(error);
    return {};
  }

  std::string problem() override {
    const std::string found = hex(hash_.finish());
    if (found == digest_) return "";
    return fmt::format("{} bytes with SHA-256 {}... instead of {}...", size_, found.substr(0, 12),
                       digest_.substr(0, 12));
  }

  Result<OpenBlob> finish() {
    if (const auto moved = at_start(0); !moved) return std::unexpected(moved.error());
    return OpenBlob{.file = std::move(file_), .size = size_};
  }

 private:
  static std::unexpected<Error> unwritten(int error) {
    return fail(ErrorCode::kUnavailable, fmt::format("the spool file: {}", said(error)));
  }
  Result<void> at_start(int result) {
    if (result != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0) return unwritten(errno);
    return {};
  }

  FileDescriptor file_;
  const std::string digest_;
  const std::uint64_t most_bytes_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
};

struct LocalFile {
  FileDescriptor file;
  std::uint64_t size = 0;
  std::string sha256 = {};
};

Result<LocalFile> read_local(const fs::path& path, std::uint64_t most_bytes) {
  LocalFile local{.file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC))};
  const auto unread = [&](ErrorCode code, std::string_view what) {
    return fail(code, fmt::format("{}: {}; nothing is stored", path.string(), what));
  };
  if (!local.file.is_open()) return unread(ErrorCode::kUnavailable, said(errno));
  std::vector<std::byte> piece(256 * 1024);
  Sha256 hash;
  while (true) {
    const ssize_t got = ::read(local.file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unread(ErrorCode::kUnavailable, said(errno));
    if (got == 0) break;
    hash.add(std::span(piece).first(static_cast<std::size_t>(got)));
    local.size += static_cast<std::uint64_t>(got);
    if (local.size > most_bytes)
      return unread(ErrorCode::kBadInput,
                    fmt::format("more than {} bytes, the most for a blob", most_bytes));
  }
  local.sha256 = hex(hash.finish());
  return local;
}

class S3BlobStore : public BlobStore {
 public:
  S3BlobStore(S3Address address, S3BlobSetup setup)
      : address_(std::move(address)),
        client_(
            address_.place(),
            {.region = setup.blobs.s3_region,
             .access_key = std::move(setup.blobs.s3_access_key),
             .secret_key = std::move(setup.blobs.s3_secret_key)},
            {.connect = setup.connect_time, .whole = setup.blobs.s3_time, .slow_s = setup.slow_s},
            {.most = setup.blobs.s3_tries,
             .first_pause = setup.first_pause,
             .longest_pause = setup.longest_pause,
             .random = std::move(setup.random),
             .wait = [](Milliseconds time) { std::this_thread::sleep_for(time); }}),
        spool_(std::move(setup.spool)),
        check_time_(setup.check_time),
        most_blob_bytes_(setup.most_blob_bytes),
        most_list_bytes_(setup.most_list_bytes),
        list_page_(setup.list_page) {}

  Result<std::string> put(std::string_view prefix, const fs::path& file) override {
    const auto local = read_local(file, most_blob_bytes_);
    if (!local) return std::unexpected(local.error());
    std::string name = fmt::format("{}.{}", prefix, local->sha256);
    if (const auto checked = check_blob_name(name); !checked)
      return std::unexpected(checked.error());
    if (const auto stored = store(name, *local); !stored) return std::unexpected(stored.error());
    std::error_code problem;  // the blob is safe: a file that stays does no harm to it
    fs::remove(file, problem);
    return name;
  }

  Result<std::optional<OpenBlob>> open(std::string_view name) override {
    if (const auto checked = check_blob_name(name); !checked)
      return std::unexpected(checked.error());
    auto file = nameless_file(spool_);
    if (!file) return std::unexpected(file.error());
    ReceivedBlob blob(std::move(*file), std::string(digest_of(name)), most_blob_bytes_);
    const std::string what = fmt::format("GET {}", name);
    const auto answer = client_.send({.url = address_.object_url(name), .receiver = &blob}, what);
    if (!answer) return std::unexpected(answer.error());
    if (is_missing_object(*answer)) return std::nullopt;
    if (answer->status != 200) return std::unexpected(client_.unexpected(*answer, what));
    return blob.finish();
  }

  Result<void> remove(std::string_view name) override {
    if (const auto checked = check_blob_name(name); !checked) return checked;
    const std::string what = fmt::format("DELETE {}", name);
    const auto answer = client_.send(
        {.method = S3Request::Method::kDelete, .url = address_.object_url(name)}, what);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == 204 || answer->status == 200 || is_missing_object(*answer)) return {};
    return std::unexpected(client_.unexpected(*answer, what));
  }

  // Pages begin after the last key of the one before: the same as S3's continuation tokens, without
  // anything of the server's to be encoded and sent back.
  Result<std::vector<BlobEntry>> list(std::string_view prefix, std::string_view after,
                                      int most) override {
    std::vector<BlobEntry> found;
    std::string after_key = after.empty() ? std::string() : address_.key(after);
    for (int page = 0; page < kMostPages; ++page) {
      const int missing = most - static_cast<int>(found.size());
      if (missing <= 0) return found;
      const auto list = list_page(prefix, after_key, std::min(missing, list_page_));
      if (!list) return std::unexpected(list.error());
      for (const S3Object& object : list->objects) {
        const std::string_view name = address_.name(object.key);
        if (!check_blob_name(name) || static_cast<int>(found.size()) == most) continue;
        found.push_back(
            {.name = std::string(name), .size = object.size, .written = object.written});
      }
      if (!list->is_truncated) return found;
      after_key = list->objects.back().key;
    }
    return fail(ErrorCode::kUnavailable,
                fmt::format("s3: {}: too many objects that are no blobs; give pawfect a folder of "
                            "its own with [blobs] s3_prefix",
                            address_.place()));
  }

  Result<void> check() override {
    const auto answer = client_.send_once(
        {.method = S3Request::Method::kHead, .url = address_.bucket_url()}, "HEAD", check_time_);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == 200) return {};
    return std::unexpected(client_.unexpected(*answer, "HEAD"));
  }

 private:
  // Any other 404 (no such bucket, no S3 server at all) does not say that the blob is gone.
  static bool is_missing_object(const S3Answer& answer) {
    return answer.status == 404 && s3_error_code(answer.body) == "NoSuchKey";
  }

  Result<void> store(const std::string& name, const LocalFile& local) {
    const auto there = client_.send(
        {.method = S3Request::Method::kHead, .url = address_.object_url(name)}, "HEAD " + name);
    if (!there) return std::unexpected(there.error());
    if (there->status == 200 && there->length == local.size) return {};
    if (there->status != 200 && there->status != 404)
      return std::unexpected(client_.unexpected(*there, "HEAD " + name));
    const auto stored = client_.send({.method = S3Request::Method::kPut,
                                      .url = address_.object_url(name),
                                      .body = local.file.get(),
                                      .body_bytes = local.size,
                                      .body_sha256 = local.sha256},
                                     "PUT " + name);
    if (!stored) return std::unexpected(stored.error());
    if (stored->status != 200) return std::unexpected(client_.unexpected(*stored, "PUT " + name));
    return {};
  }

  Result<S3List> list_page(std::string_view prefix, const std::string& after_key, int most) {
    const std::string what = "GET of the list";
    const auto answer = client_.send(
        {.url = address_.list_url(prefix, after_key, most), .most_answer = most_list_bytes_}, what);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status != 200) return std::unexpected(client_.unexpected(*answer, what));
    auto list = parse_s3_list(answer->body);
    const auto wrong = [&](std::string_view problem) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("s3: {}: {}: {}", address_.place(), what, problem));
    };
    if (!list) return wrong(list.error().message);
    const std::string key_start = address_.key(prefix);
    for (const S3Object& object : list->objects)
      if (!object.key.starts_with(key_start) || object.key <= after_key)
        return wrong("a list that cannot be used: keys that were not asked for");
    if (list->is_truncated && list->objects.empty())
      return wrong("a list that cannot be used: more is said to follow, and nothing came");
    return list;
  }

  const S3Address address_;
  S3Client client_;
  const fs::path spool_;
  const Milliseconds check_time_;
  const std::uint64_t most_blob_bytes_;
  const std::size_t most_list_bytes_;
  const int list_page_;
};

}  // namespace

Result<std::unique_ptr<BlobStore>> open_s3_blob_store(S3BlobSetup setup) {
  auto address = S3Address::create(setup.blobs);
  if (!address) return std::unexpected(address.error());
  if (setup.blobs.s3_time < Milliseconds(1) || setup.blobs.s3_tries < 1)
    return fail(ErrorCode::kUsage, fmt::format("[blobs] s3_time: {} ms and s3_tries: {} found, at "
                                               "least 1 of both is needed",
                                               setup.blobs.s3_time.count(), setup.blobs.s3_tries));
  if (const auto file = nameless_file(setup.spool); !file)
    return fail(ErrorCode::kUsage, file.error().message);
  return std::make_unique<S3BlobStore>(std::move(*address), std::move(setup));
}

}  // namespace pawfect
