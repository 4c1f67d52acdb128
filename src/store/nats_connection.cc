#include "store/nats_connection.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "store/nats_server_info.h"

namespace pawfect {
namespace {

constexpr std::string_view kSafeVersion = "2.10.23";
constexpr Milliseconds kReconnectPause{250};
constexpr Milliseconds kPingEvery{5'000};

std::vector<std::string> split(std::string_view urls) {
  std::vector<std::string> list;
  while (!urls.empty()) {
    const std::size_t comma = std::min(urls.find(','), urls.size());
    std::string_view url = urls.substr(0, comma);
    urls.remove_prefix(std::min(comma + 1, urls.size()));
    while (url.starts_with(' ')) url.remove_prefix(1);
    while (url.ends_with(' ')) url.remove_suffix(1);
    if (!url.empty()) list.emplace_back(url);
  }
  return list;
}

// For messages: what stands before an @ is nobody's business.
std::string without_secrets(std::string url) {
  const std::size_t at = url.rfind('@');
  if (at == std::string::npos) return url;
  const std::size_t scheme = url.find("://");
  const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  return url.erase(start, at + 1 - start);
}

// What cnats would print to standard error. Calls return their errors themselves, and a broken
// connection shows in all of them.
void pass_over(natsConnection*, natsSubscription*, natsStatus, void*) {}

void look_at_versions(const std::vector<std::string>& urls, std::vector<std::string>& warnings) {
  for (const std::string& url : urls) {
    const auto version = nats_server_version(url);
    if (!version || !is_older(*version, kSafeVersion)) continue;
    warnings.push_back(
        fmt::format("{}: NATS {} is known to lose whole streams when it crashes; use {} or newer",
                    without_secrets(url), *version, kSafeVersion));
  }
  warnings.emplace_back(
      "whether the NATS server has 'sync_interval: always' cannot be seen from here; without it a "
      "power cut loses what it had confirmed in the last two minutes (docs/nats.md)");
}

}  // namespace

Result<std::unique_ptr<NatsConnection>> NatsConnection::open(NatsSetup setup) {
  std::unique_ptr<NatsConnection> connection(new NatsConnection(std::move(setup)));
  const NatsSetup& asked = connection->setup_;
  const std::vector<std::string> urls = split(asked.urls);
  std::vector<const char*> servers;
  servers.reserve(urls.size());
  for (const std::string& url : urls) {
    servers.push_back(url.c_str());
    std::string& shown = connection->shown_urls_;
    shown += (shown.empty() ? "" : ", ") + without_secrets(url);
  }
  if (servers.empty())
    return fail(ErrorCode::kUsage, "store.nats_url: is empty; nats://HOST:PORT is one");

  natsOptions_Create(&connection->options_);
  natsOptions* options = connection->options_;
  natsStatus status = natsOptions_SetServers(options, servers.data(), int(servers.size()));
  if (status != NATS_OK) {
    return fail(ErrorCode::kUsage,
                fmt::format("store.nats_url '{}': {}; nats://HOST:PORT is one",
                            connection->shown_urls_, natsStatus_GetText(status)));
  }
  if (!asked.credentials.empty()) {
    // cnats reads it at every connect and only says that the connect failed.
    if (access(asked.credentials.c_str(), R_OK) != 0) {
      return fail(ErrorCode::kUsage, fmt::format("store.nats_credentials {}: {}", asked.credentials,
                                                 std::strerror(errno)));
    }
    natsOptions_SetUserCredentialsFromFiles(options, asked.credentials.c_str(), nullptr);
  }
  natsOptions_SetTimeout(options, asked.wait.count());
  natsOptions_SetMaxReconnect(options, -1);
  natsOptions_SetReconnectWait(options, kReconnectPause.count());
  natsOptions_SetPingInterval(options, kPingEvery.count());
  natsOptions_SetMaxPingsOut(options, 2);
  natsOptions_SetFailRequestsOnDisconnect(options, true);
  natsOptions_SetErrorHandler(options, pass_over, nullptr);
  status = natsConnection_Connect(&connection->connection_, options);
  if (status != NATS_OK) return std::unexpected(connection->trouble("connecting", status));
  jsOptions js_options;
  jsOptions_Init(&js_options);
  js_options.Wait = asked.wait.count();
  status = natsConnection_JetStream(&connection->jetstream_, connection->connection_, &js_options);
  if (status != NATS_OK) return std::unexpected(connection->trouble("JetStream", status));
  look_at_versions(urls, connection->warnings_);
  return connection;
}

NatsConnection::~NatsConnection() {
  jsCtx_Destroy(jetstream_);
  natsConnection_Destroy(connection_);
  natsOptions_Destroy(options_);
}

Error NatsConnection::trouble(std::string_view what, natsStatus status, jsErrCode code) const {
  natsStatus last = NATS_OK;
  const char* said = nats_GetLastError(&last);  // in this thread: "(js.c:535): stream not found"
  std::string_view text = last == status && said != nullptr ? said : "";
  if (const std::size_t place = text.find("): "); text.starts_with('(') && place < text.size())
    text.remove_prefix(place + 3);
  if (text.empty()) text = natsStatus_GetText(status);
  return {ErrorCode::kUnavailable,
          fmt::format("NATS: {}: {} (JetStream {}); is a server with JetStream at {}?", what, text,
                      int(code), shown_urls_)};
}

Result<void> NatsConnection::reachable() const {
  if (natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED) return {};
  return std::unexpected(trouble("reconnecting", NATS_CONNECTION_DISCONNECTED));
}

std::uint64_t NatsConnection::reconnects() const {
  natsStatistics* made = nullptr;
  if (natsStatistics_Create(&made) != NATS_OK) return 0;
  const std::unique_ptr<natsStatistics, NatsFree<natsStatistics_Destroy>> statistics(made);
  std::uint64_t reconnects = 0;
  natsConnection_GetStats(connection_, made);
  natsStatistics_GetCounts(made, nullptr, nullptr, nullptr, nullptr, &reconnects);
  return reconnects;
}

Result<void> NatsConnection::confirm(const std::string& subject, std::string_view text) {
  if (auto up = reachable(); !up) return up;
  natsMsg* answer = nullptr;
  const natsStatus status = natsConnection_Request(
      &answer, connection_, subject.c_str(), text.data(), int(text.size()), setup_.wait.count());
  natsMsg_Destroy(answer);
  if (status != NATS_OK) return std::unexpected(trouble("answering a message", status));
  return {};
}

Result<NatsStreamInfo> NatsConnection::stream_info(const std::string& stream) {
  if (auto up = reachable(); !up) return std::unexpected(up.error());
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status = js_GetStreamInfo(&info, jetstream_, stream.c_str(), nullptr, &code);
  if (status != NATS_OK) return std::unexpected(trouble("stream " + stream, status, code));
  return NatsStreamInfo(info);
}

Result<void> NatsConnection::make_stream(jsStreamConfig& config) {
  if (auto up = reachable(); !up) return up;
  jsErrCode code{};
  jsStreamInfo* info = nullptr;
  natsStatus status = js_GetStreamInfo(&info, jetstream_, config.Name, nullptr, &code);
  if (status == NATS_OK) {
    jsStreamInfo_Destroy(info);
    return {};
  }
  if (code == JSStreamNotFoundErr) {
    status = js_AddStream(nullptr, jetstream_, &config, nullptr, &code);
    // Another process may have been quicker.
    if (status == NATS_OK || code == JSStreamNameExistErr) return {};
  }
  return std::unexpected(trouble(fmt::format("making stream {}", config.Name), status, code));
}

}  // namespace pawfect
