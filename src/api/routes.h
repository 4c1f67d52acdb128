// The routes, one function each; api.cc puts them together. `parts` outlives them.
#pragma once

#include "api/api.h"

namespace pawfect {

http::Route create_session_route(ApiParts& parts);
http::Route read_session_route(ApiParts& parts);
http::Route create_fill_route(ApiParts& parts);  // on a session
http::Route create_both_route(ApiParts& parts);  // photo and mask in one
http::Route read_job_route(ApiParts& parts);
http::Route cancel_job_route(ApiParts& parts);
http::Route read_result_route(ApiParts& parts);
http::Route read_events_route(ApiParts& parts);

http::Route health_route();
http::Route ready_route(ApiParts& parts);
http::Route metrics_route(ApiParts& parts);
http::Route openapi_route();
http::Route capabilities_route(ApiParts& parts);

}  // namespace pawfect
