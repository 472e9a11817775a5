// Calling other HTTP servers, from handlers and from everything else.
#pragma once

#include "ngo/app/http_client.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/http/client/response.hpp"
#include "ngo/http/client/upstreams.hpp"
#include "ngo/http/client/url.hpp"
