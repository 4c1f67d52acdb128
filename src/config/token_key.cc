#include "config/token_key.h"

#include "config/config_rules.h"

namespace pawfect {
namespace {

constexpr TokenKey kKeys[] = {
    {"name", "of whoever uses it; sessions and jobs belong to the name",
     [](TokenConfig& token) -> std::string& { return token.name; }, 0, 0, kTokenNameForm,
     is_token_name},
    {"sha256", "of the token, which itself is nowhere kept",
     [](TokenConfig& token) -> std::string& { return token.sha256; }, 0, 0, kSha256Form, is_sha256},
    {"requests_per_minute", "more are answered with 429",
     [](TokenConfig& token) -> int& { return token.requests_per_minute; }, 1, 1'000'000},
    {"most_open_jobs", "of this name that have not ended; more are answered with 429",
     [](TokenConfig& token) -> int& { return token.most_open_jobs; }, 1, 100'000},
};

}  // namespace

std::span<const TokenKey> token_keys() { return kKeys; }

}  // namespace pawfect
