// What the texts of the configuration must be, each with the words that say so. Pure functions.
#pragma once

#include <string_view>

#include "config/listen_address.h"

namespace pawfect {

bool is_listen_address(std::string_view text);  // kListenForm

inline constexpr std::string_view kOriginForm =
    "an origin without a path, as in \"https://example.org\"";
bool is_origin(std::string_view text);

inline constexpr std::string_view kHttpForm =
    "http:// or https:// and a host, without a path, as in \"https://s3.example.org\"";
bool is_http_or_https_url(std::string_view text);

inline constexpr std::string_view kPlainHttpForm =
    "http://, a host and a port, without a path, as in \"http://127.0.0.1:8081\"";
bool is_http_url(std::string_view text);

inline constexpr std::string_view kNatsForm =
    "nats:// or tls:// and a host each, as in \"nats://127.0.0.1:4222\"";
bool is_nats_url(std::string_view text);

inline constexpr std::string_view kPrefixForm = "1 to 32 of a-z, 0-9 and '_'";
bool is_nats_prefix(std::string_view text);

inline constexpr std::string_view kBucketForm = "3 to 63 of a-z, 0-9, '.' and '-'";
bool is_bucket(std::string_view text);

inline constexpr std::string_view kObjectPrefixForm =
    "up to 100 of a-z, A-Z, 0-9, '.', '_', '-' and '/', no '/' at either end";
bool is_object_prefix(std::string_view text);

inline constexpr std::string_view kWordForm = "1 to 100 of a-z, A-Z, 0-9, '.', '_' and '-'";
bool is_word(std::string_view text);

inline constexpr std::string_view kAbsoluteForm = "a path that begins with '/'";
bool is_absolute_path(std::string_view text);

inline constexpr std::string_view kTokenNameForm = "1 to 64 of a-z, 0-9 and '-'";
bool is_token_name(std::string_view text);

inline constexpr std::string_view kSha256Form =
    "64 lower-case hexadecimal digits, as `printf %s TOKEN | sha256sum` prints them";
bool is_sha256(std::string_view text);

bool is_store_kind(std::string_view text);
bool is_blob_kind(std::string_view text);
bool is_engine(std::string_view text);
bool is_backend(std::string_view text);
bool is_log_level(std::string_view text);
bool is_log_format(std::string_view text);

}  // namespace pawfect
