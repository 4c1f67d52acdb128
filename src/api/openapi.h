// The description of the API (OpenAPI 3.1), which is compiled in.
#pragma once

#include <string_view>

namespace pawfect {

std::string_view openapi_document();

}  // namespace pawfect
