// Router: which route a method and a path mean. Read-only once made.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.h"

namespace pawfect::http {

class Router {
 public:
  explicit Router(std::vector<Route> routes);

  struct Found {
    const Route* route = nullptr;  // null: the path is known, the method is not
    Texts parts;
    std::string allowed;  // "GET, HEAD, OPTIONS", of the path
  };

  // Null `route` and empty `allowed`: no route has that path. A part with a name takes any text but
  // the empty one; a route whose part is spelt out goes before one with a name.
  Found find(std::string_view method, std::string_view path) const;

 private:
  struct Pattern {
    Route route;
    std::vector<std::string> parts;  // "{id}" for a name
    int names = 0;
  };

  std::vector<Pattern> patterns_;  // those with fewer names first
};

}  // namespace pawfect::http
