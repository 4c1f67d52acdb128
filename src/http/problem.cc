#include "http/problem.h"

#include <boost/beast/http/status.hpp>
#include <nlohmann/json.hpp>

namespace pawfect::http {

std::string status_title(int status) {
  if (status == 413) return "Content Too Large";  // RFC 9110's name; Beast has an older one
  const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
  if (known == boost::beast::http::status::unknown) return "Unknown";
  return std::string(boost::beast::http::obsolete_reason(known));
}

std::string to_text(const Problem& problem) {
  nlohmann::ordered_json json{{"type", "/problems/" + problem.type},
                              {"title", status_title(problem.status)},
                              {"status", problem.status},
                              {"detail", problem.detail}};
  for (const auto& [name, value] : problem.more) json[name] = value;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace pawfect::http
