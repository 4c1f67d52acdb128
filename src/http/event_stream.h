// The form of text/event-stream (WHATWG HTML, 9.2). Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace pawfect::http {

// "id: 7\nevent: progress\ndata: ...\n\n"; nothing in the texts begins a line of its own.
std::string event_text(std::string_view id, std::string_view event, std::string_view data);

// A line that clients pass over.
std::string event_comment(std::string_view text);

}  // namespace pawfect::http
