// Pages of other origins (CORS): none, but those that the configuration names. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/exchange.h"

namespace pawfect {

// The answer to a preflight request; nothing when it is none.
std::optional<http::Response> answer_preflight(const http::Request& request,
                                               const std::vector<std::string>& origins);

// Lets the page read the answer when its origin is one of those.
void permit_origin(const http::Request& request, const std::vector<std::string>& origins,
                   http::Response& response);

}  // namespace pawfect
