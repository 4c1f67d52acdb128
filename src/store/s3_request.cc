#include "store/s3_request.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <string_view>

namespace pawfect {
namespace {

constexpr std::size_t kMostErrorBytes = 65536, kMostHeadBytes = 65536;
constexpr long kSlowBytesPerSecond = 1024;
constexpr const char* kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// What libcurl's callbacks work on during one transfer.
struct Transfer {
  CURL* handle;
  const S3Request& request;
  S3Outcome outcome = {};
  std::uint64_t sent = 0;
  std::size_t head_bytes = 0;
  bool is_cut = false;  // the rest of an error's body is not wanted
};

int status_of(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

std::size_t on_head(char*, std::size_t, std::size_t bytes, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.head_bytes += bytes;
  return transfer.head_bytes <= kMostHeadBytes ? bytes : 0;
}

std::size_t on_body(char* data, std::size_t, std::size_t bytes, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const S3Request& request = transfer.request;
  const bool is_good = status_of(transfer.handle) == 200;
  if (is_good && request.receiver) {
    const auto taken = request.receiver->take(std::as_bytes(std::span(data, bytes)));
    if (taken) return bytes;
    transfer.outcome.refused = taken.error();
    return 0;
  }
  std::string& body = transfer.outcome.answer.body;
  const std::size_t most = is_good ? request.most_answer : kMostErrorBytes;
  const std::size_t room = std::min(bytes, most - body.size());
  body.append(data, room);
  if (room == bytes) return bytes;
  if (is_good)
    transfer.outcome.refused =
        Error{ErrorCode::kUnavailable,
              fmt::format("an answer of more than {} bytes, which is all that is read", most)};
  else
    transfer.is_cut = true;
  return 0;
}

std::size_t on_send(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t wanted = static_cast<std::size_t>(
      std::min<std::uint64_t>(size * count, transfer.request.body_bytes - transfer.sent));
  ssize_t got = 0;
  do got = ::pread(transfer.request.body, data, wanted, static_cast<off_t>(transfer.sent));
  while (got < 0 && errno == EINTR);
  if (got < 0) return CURL_READFUNC_ABORT;
  transfer.sent += static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

// libcurl begins anew when a kept connection turns out to be dead.
int on_rewind(void* user, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Transfer*>(user)->sent = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

// Engines and picture checks run in child processes, which no connection is to reach.
curl_socket_t on_socket(void*, curlsocktype, curl_sockaddr* address) {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void set_method(CURL* handle, Transfer& transfer) {
  switch (transfer.request.method) {
    case S3Request::Method::kGet:
      curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
      return;
    case S3Request::Method::kHead:
      curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
      return;
    case S3Request::Method::kDelete:
      curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, "DELETE");
      return;
    case S3Request::Method::kPut:
      curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
      curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE,
                       static_cast<curl_off_t>(transfer.request.body_bytes));
      curl_easy_setopt(handle, CURLOPT_READFUNCTION, on_send);
      curl_easy_setopt(handle, CURLOPT_READDATA, &transfer);
      curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, on_rewind);
      curl_easy_setopt(handle, CURLOPT_SEEKDATA, &transfer);
      return;
  }
}

void set_bounds(CURL* handle, const S3Times& times) {
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);  // its time-outs would use SIGALRM
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, on_socket);
  curl_easy_setopt(handle, CURLOPT_MAXCONNECTS, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, long{times.connect.count()});
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, long{times.whole.count()});
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, kSlowBytesPerSecond);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, long{times.slow_s});
}

void set_receiving(CURL* handle, Transfer& transfer) {
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_head);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
}

// One short line of printable characters.
std::string cleaned(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 200)) out += c >= ' ' && c < '\x7f' ? c : '?';
  return out;
}

// libcurl wants this once a process; it is done at the first connection and never undone, as other
// libraries in the process may use what it starts.
void start_library() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::bad_alloc();  // the only way in which it fails
}

}  // namespace

void S3Connection::Close::operator()(void* handle) const { curl_easy_cleanup(handle); }

S3Connection::S3Connection() {
  start_library();
  handle_.reset(curl_easy_init());
  if (!handle_) throw std::bad_alloc();
}

S3Connection::~S3Connection() = default;
S3Connection::S3Connection(S3Connection&&) noexcept = default;
S3Connection& S3Connection::operator=(S3Connection&&) noexcept = default;

S3Outcome S3Connection::send(const S3Request& request, const S3Access& access,
                             const S3Times& times) {
  CURL* handle = handle_.get();
  curl_easy_reset(handle);  // keeps the connection
  Transfer transfer{.handle = handle, .request = request};
  if (request.receiver) {
    if (const auto begun = request.receiver->begin(); !begun) {
      transfer.outcome.refused = begun.error();
      return std::move(transfer.outcome);
    }
  }
  std::array<char, CURL_ERROR_SIZE> said{};
  const std::unique_ptr<curl_slist, FreeList> headers(curl_slist_append(
      nullptr, fmt::format("x-amz-content-sha256: {}",
                           request.body_sha256.empty() ? kEmptySha256 : request.body_sha256)
                   .c_str()));
  if (!headers) throw std::bad_alloc();
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, said.data());
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_AWS_SIGV4, fmt::format("aws:amz:{}:s3", access.region).c_str());
  curl_easy_setopt(handle, CURLOPT_USERNAME, access.access_key.c_str());
  curl_easy_setopt(handle, CURLOPT_PASSWORD, access.secret_key.c_str());
  set_bounds(handle, times);
  set_method(handle, transfer);
  set_receiving(handle, transfer);
  const CURLcode code = curl_easy_perform(handle);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);  // which ends with this call

  S3Outcome outcome = std::move(transfer.outcome);
  outcome.answer.status = status_of(handle);
  curl_off_t length = -1;
  curl_easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length >= 0) outcome.answer.length = static_cast<std::uint64_t>(length);
  if (code == CURLE_OK || transfer.is_cut || outcome.refused) return outcome;
  outcome.trouble = cleaned(said[0] != '\0' ? said.data() : curl_easy_strerror(code));
  outcome.is_hopeless = code == CURLE_PEER_FAILED_VERIFICATION;
  return outcome;
}

}  // namespace pawfect
