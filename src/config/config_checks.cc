// What no single key can tell: whether the values fit together, and what is allowed but unwise.
#include <fmt/format.h>

#include <map>

#include "config/config_reading.h"
#include "config/config_value.h"
#include "config/listen_address.h"

namespace pawfect {
namespace {

std::unexpected<Error> wrong(const std::string& where, std::string_view why) {
  return fail(ErrorCode::kUsage, fmt::format("{}: {}", where, why));
}

Result<void> check_store(const ConfigReading& reading) {
  const ServiceConfig& config = reading.config;
  const int replicas = config.store.nats_replicas;
  if (replicas != 1 && replicas != 3 && replicas != 5) {
    return wrong(reading.place("store", "nats_replicas"),
                 fmt::format("found {}; allowed: 1, 3 or 5", replicas));
  }
  if (config.blobs.kind != "s3") return {};
  const std::pair<const char*, const std::string*> needed[] = {
      {"s3_endpoint", &config.blobs.s3_endpoint},
      {"s3_bucket", &config.blobs.s3_bucket},
      {"s3_access_key", &config.blobs.s3_access_key},
      {"s3_secret_key", &config.blobs.s3_secret_key}};
  for (const auto& [name, value] : needed) {
    if (value->empty()) {
      return wrong(fmt::format("[blobs] {}", name),
                   fmt::format("found nothing, and it is needed because kind is \"s3\" ({})",
                               reading.source("blobs", "kind")));
    }
  }
  return {};
}

// That one time is not over another.
struct Order {
  const char *shorter, *longer;
  Milliseconds first, second;
};

Result<void> check_jobs(const ConfigReading& reading) {
  const JobLimits& limits = reading.config.jobs.limits;
  const Order orders[] = {
      {"shortest_lease", "longest_lease", limits.shortest_lease, limits.longest_lease},
      {"longest_lease", "longest_run", limits.longest_lease, limits.longest_run},
      {"lost_message", "longest_lost_message", limits.lost_message, limits.longest_lost_message},
  };
  for (const auto& [shorter, longer, first, second] : orders) {
    if (first <= second) continue;
    return wrong(reading.place("jobs", shorter),
                 fmt::format("found {}; allowed: at most {}, which is {} ({})", time_text(first),
                             longer, time_text(second), reading.source("jobs", longer)));
  }
  return {};
}

Result<void> check_tokens(const ConfigReading& reading) {
  std::map<std::string, std::size_t> names, hashes;
  for (std::size_t i = 0; i < reading.config.tokens.size(); ++i) {
    const TokenConfig& token = reading.config.tokens[i];
    const auto [same_name, is_new_name] = names.try_emplace(token.name, i);
    if (!is_new_name) {
      return wrong(reading.token_sources[i],
                   fmt::format("[[token]] name: \"{}\" is taken by the one at {}", token.name,
                               reading.token_sources[same_name->second]));
    }
    const auto [same_hash, is_new_hash] = hashes.try_emplace(token.sha256, i);
    if (!is_new_hash) {
      return wrong(reading.token_sources[i],
                   fmt::format("[[token]] sha256: \"{}\" has the token of \"{}\"", token.name,
                               reading.config.tokens[same_hash->second].name));
    }
  }
  return {};
}

bool is_open_to_others(const std::string& listen) {
  const auto address = parse_listen_address(listen);
  return address && !address->is_loopback;
}

void warn(ConfigReading& reading) {
  const ServiceConfig& config = reading.config;
  const auto warn_of = [&](const char* section, const char* name, std::string_view why) {
    reading.warnings.push_back(fmt::format("{}: {}", reading.place(section, name), why));
  };
  if (config.tokens.empty() && is_open_to_others(config.http.listen)) {
    warn_of("http", "listen",
            "other machines can reach it and there is no [[token]]: whoever can connect may use "
            "everything");
  }
  if (is_open_to_others(config.labeler.listen)) {
    warn_of("labeler", "listen",
            "other machines can reach it, and it asks for no token; keep it in a network of its "
            "own");
  }
  if (config.store.kind == "nats" && config.blobs.kind == "files") {
    warn_of("blobs", "kind",
            "pictures in a folder and the queue in NATS: workers on other machines need the same "
            "folder");
  }
  if (!config.labeler.stand_in.empty())
    warn_of("labeler", "stand_in", "labels are made up; this is for tests");
  if (!config.worker.variant.empty() && !config.worker.split.empty())
    warn_of("worker", "split", "goes before variant, which has no effect");
}

}  // namespace

Result<void> check_config(ConfigReading& reading) {
  for (const auto check : {check_store, check_jobs, check_tokens}) {
    if (auto good = check(reading); !good) return good;
  }
  warn(reading);
  return {};
}

}  // namespace pawfect
