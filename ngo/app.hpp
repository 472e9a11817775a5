// Everything that a service's main file needs.
#pragma once

#include "ngo/app/app.hpp"
#include "ngo/http/event_hub.hpp"
#include "ngo/http/events.hpp"
#include "ngo/http/file.hpp"
#include "ngo/http/json_lines.hpp"
#include "ngo/http/middleware.hpp"
#include "ngo/http/multipart.hpp"
#include "ngo/http/params.hpp"
#include "ngo/http/request.hpp"
#include "ngo/http/response.hpp"
#include "ngo/http/results.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/wait.hpp"
