// A request's head as it came over the wire, and what its fields say about the body. What two
// readers could understand in two ways (request smuggling) is refused. Pure functions.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "http/exchange.h"
#include "http/problem.h"

namespace pawfect::http {

using RequestHead = boost::beast::http::header<true, boost::beast::http::fields>;

inline constexpr std::size_t kMostHeaders = 64;

// `raw` ends with the empty line. Problem (400): a CR or LF alone, a folded line, a NUL, blanks
// where none may be.
std::optional<Problem> check_raw_head(std::string_view raw);

// Problem (400, 417, 431, 501): too many fields, no or several hosts, lengths and codings that
// contradict each other, an expectation that is not 100-continue.
std::optional<Problem> check_fields(const RequestHead& head);

// The request as handlers see it, but for the route's parts, the peer, and HEAD, which stays.
// Problem: its target.
std::expected<Request, Problem> make_request(const RequestHead& head);

}  // namespace pawfect::http
