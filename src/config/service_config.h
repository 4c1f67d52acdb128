// Everything that can be set about the service, read from one TOML file and the environment and
// checked at start (docs/configuration.md lists every key). Value types; read-only once read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "jobs/job_limits.h"

namespace pawfect {

struct TokenConfig {
  std::string name;  // of whoever uses it: what he makes belongs to that name
  std::string
      sha256;  // of the token, 64 lower-case hexadecimal digits; the token itself is not kept
  int requests_per_minute = 600;
  int most_open_jobs = 100;
};

struct ServiceConfig {
  struct Http {
    std::string listen = "127.0.0.1:8080";  // ADDRESS:PORT; port 0: any
    int most_connections = 2000;
    int most_event_streams = 1000;
    Milliseconds head_time{10'000}, idle_time{60'000}, body_piece_time{20'000},
        send_piece_time{30'000};
    std::vector<std::string> cors_origins;  // "https://example.org"; empty: same origin only
    int longest_wait_s = 60;                // of GET /v1/jobs/{id}?wait=
    int threads = 4;                        // for what waits: disk, store
  } http;
  struct Uploads {
    std::uint64_t most_bytes = 32 << 20;
    int most_megapixels = 64, longest_side = 16384;
    int checkers = 2;                         // child processes that look at uploads at once
    Milliseconds check_time{20'000};          // for one picture
    std::uint64_t check_memory = 1ull << 30;  // bytes of address space beyond its start
  } uploads;
  std::vector<TokenConfig> tokens;  // empty: everybody may do everything
  struct Store {
    std::filesystem::path data;   // the folder for the database, blobs and files on their way
    std::string kind = "sqlite";  // or "nats"
    std::string nats_url = "nats://127.0.0.1:4222";  // several: separated by commas
    std::string nats_credentials;                    // a file; empty: none
    std::string nats_prefix = "pawfect";  // of streams, subjects and buckets: a-z, 0-9, '_'
    int nats_replicas = 1;                // 1, 3 or 5
    std::uint64_t least_free_bytes = 512ull << 20;  // of the disk: below it not ready
  } store;
  struct Blobs {
    std::string kind = "files";  // or "s3"
    std::string s3_endpoint;     // "https://s3.eu-central-1.amazonaws.com"
    std::string s3_region = "us-east-1", s3_bucket, s3_prefix;
    std::string s3_access_key, s3_secret_key;  // better from the environment
    Milliseconds s3_time{30'000};              // for a try
    int s3_tries = 4;
  } blobs;
  struct Jobs {
    JobLimits limits;
    int most_open = 1000;  // not ended; more are answered with 429
  } jobs;
  struct Labeler {
    std::string url;           // "http://host:port" of `pawfect labeler`; empty: there is none
    Milliseconds time{2'000};  // for the call
    std::string listen = "127.0.0.1:8081";  // of `pawfect labeler`
    std::string stand_in;  // for tests: labels that are always found, "grass:0.9:0.8,sand:0.2:0.1"
    Milliseconds stand_in_delay{0};
  } labeler;
  struct Worker {
    std::string name;    // for people; empty: host and process number
    std::string listen;  // of `pawfect worker`, for /healthz and /metrics; empty: nowhere
    int jobs = 1;        // at once
    std::string engine = "texture";
    std::filesystem::path models;
    std::string variant;  // or MODEL_VARIANT
    std::string split;    // or MODEL_SPLIT: "flux-q5_k_m=90,flux-q8_0=10"
    std::string backend;
    int threads = 0;  // of an engine; 0: the processors divided among the jobs, at most 4
    Milliseconds grace{25'000};  // for a running job at SIGTERM, then it is given back
    std::uint64_t most_memory =
        0;                // bytes for a job beyond the model; 0: a quarter of the machine's
    int most_steps = 50;  // that a client may ask for
  } worker;
  struct Expiry {
    std::int64_t session_s = 86'400;      // after its last use
    std::int64_t remembered_s = 604'800;  // how long "expired" is told, then it is unknown
    std::int64_t sweep_s = 60;
  } expiry;
  struct Log {
    std::string level = "info";   // debug, info, warning, error
    std::string format = "text";  // or "json"
  } log;
};

// What is read besides the file: the value of an environment variable, empty when it is not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> process_environment(const char* name);

// `file` empty: defaults and environment. A variable PAWFECT_SECTION_KEY stands over the file
// (PAWFECT_HTTP_LISTEN over [http] listen), MODEL_VARIANT and MODEL_SPLIT over [worker]. Errors
// (kUsage): the file's syntax with its line; a key that does not exist, with the nearest that does;
// a value of another type or out of range; each names file, line and key. `warnings` get what is
// allowed and unwise (secrets in a file that others can read, an open address without tokens).
Result<ServiceConfig> read_service_config(const std::filesystem::path& file,
                                          const Environment& environment,
                                          std::vector<std::string>& warnings);

}  // namespace pawfect
