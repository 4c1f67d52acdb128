// Pictures from clients: checked whole in a child, then stored. Blocks: for Workers. Safe from any
// thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "api/api.h"
#include "http/exchange.h"
#include "http/problem.h"
#include "http/spool.h"

namespace pawfect {

// How a request brings its picture: as its body, or in a form.
enum class UploadForm { kBytes, kForm };

// By its Content-Type; what bytes are decides their content later. Problem: 415.
std::expected<UploadForm, http::Problem> upload_form(const http::Request& request);

// The file decoded whole in a child. `field` names the picture for messages. Problems: 422 with
// what is wrong with the picture, 503 when it cannot be looked at now.
std::expected<CheckedPicture, http::Problem> check_picture(const ApiParts& parts,
                                                           const http::SpoolFile& file,
                                                           PictureChecker::As what,
                                                           std::string_view field);

// Stores it under a name that begins with `prefix`, which is returned. Problem: 503.
std::expected<std::string, http::Problem> store_picture(const ApiParts& parts,
                                                        const http::SpoolFile& file,
                                                        std::string_view prefix);

}  // namespace pawfect
