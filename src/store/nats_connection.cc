#include "store/nats_connection.h"

#include <fmt/format.h>

#include <algorithm>
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

void look_at_versions(const std::vector<std::string>& urls, std::vector<std::string>& warnings) {
  for (const std::string& url : urls) {
    const auto version = nats_server_version(url);
    if (!version || !is_older(*version, kSafeVersion)) continue;
    warnings.push_back(
        fmt::format("{}: NATS {} is known to lose whole streams when it crashes; use {} or newer",
                    url, *version, kSafeVersion));
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
  for (const std::string& url : urls) servers.push_back(url.c_str());
  if (servers.empty())
    return fail(ErrorCode::kUsage, "store.nats_url: is empty; nats://HOST:PORT is one");

  natsOptions_Create(&connection->options_);
  natsOptions* options = connection->options_;
  natsStatus status = natsOptions_SetServers(options, servers.data(), int(servers.size()));
  if (status != NATS_OK) {
    return fail(ErrorCode::kUsage, fmt::format("store.nats_url '{}': {}; nats://HOST:PORT is one",
                                               asked.urls, natsStatus_GetText(status)));
  }
  if (!asked.credentials.empty()) {
    status = natsOptions_SetUserCredentialsFromFiles(options, asked.credentials.c_str(), nullptr);
    if (status != NATS_OK) {
      return fail(ErrorCode::kUsage, fmt::format("store.nats_credentials {}: {}", asked.credentials,
                                                 natsStatus_GetText(status)));
    }
  }
  natsOptions_SetTimeout(options, asked.wait.count());
  natsOptions_SetMaxReconnect(options, -1);
  natsOptions_SetReconnectWait(options, kReconnectPause.count());
  natsOptions_SetPingInterval(options, kPingEvery.count());
  natsOptions_SetMaxPingsOut(options, 2);
  status = natsConnection_Connect(&connection->connection_, options);
  if (status != NATS_OK)
    return std::unexpected(
        connection->trouble(fmt::format("connecting to {}", asked.urls), status));
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
  return {ErrorCode::kUnavailable,
          fmt::format("NATS: {}: {} (JetStream {}); is a server with JetStream at {}?", what,
                      natsStatus_GetText(status), int(code), setup_.urls)};
}

Result<NatsStreamInfo> NatsConnection::stream_info(const std::string& stream) {
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status = js_GetStreamInfo(&info, jetstream_, stream.c_str(), nullptr, &code);
  if (status != NATS_OK) return std::unexpected(trouble("stream " + stream, status, code));
  return NatsStreamInfo(info);
}

Result<void> NatsConnection::make_stream(jsStreamConfig& config) {
  jsErrCode code{};
  jsStreamInfo* info = nullptr;
  natsStatus status = js_GetStreamInfo(&info, jetstream_, config.Name, nullptr, &code);
  if (status == NATS_OK) {
    jsStreamInfo_Destroy(info);
    return {};
  }
  if (status == NATS_NOT_FOUND || code == JSStreamNotFoundErr) {
    status = js_AddStream(nullptr, jetstream_, &config, nullptr, &code);
    // Another process may have been quicker.
    if (status == NATS_OK || code == JSStreamNameExistErr) return {};
  }
  return std::unexpected(trouble(fmt::format("making stream {}", config.Name), status, code));
}

}  // namespace pawfect
