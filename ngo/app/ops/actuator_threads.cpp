// /actuator/threaddump: as JSON in the shape of the JVM's, or as text.
#include <utility>

#include "ngo/app/ops/actuator.hpp"
#include "ngo/app/ops/threads.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/http/request.hpp"
#include "ngo/runtime/blocking.hpp"

namespace ngo::app {
namespace {

std::string_view state_of(const ThreadState& thread) {
  switch (thread.state) {
    case 'R': return "RUNNABLE";
    case 'D': return "BLOCKED";
    case 'Z':
    case 'X': return "TERMINATED";
    default: return "WAITING";
  }
}

JsonValue json_of(const ThreadState& thread) {
  JsonValue one;
  one["threadName"] = thread.name;
  one["threadId"] = thread.id;
  one["blockedTime"] = -1;
  one["blockedCount"] = 0;
  one["waitedTime"] = -1;
  one["waitedCount"] = 0;
  one["lockName"] = nullptr;
  one["lockOwnerId"] = -1;
  one["lockOwnerName"] = nullptr;
  one["daemon"] = true;
  one["inNative"] = false;
  one["suspended"] = false;
  one["threadState"] = state_of(thread);
  one["priority"] = 5;
  JsonValue stack = JsonValue::array();
  if (thread.stack) {
    for (const std::string& line : thread.stack->describe()) {
      Frame parts = parse_frame(line);
      JsonValue frame;
      frame["className"] = std::move(parts.scope);
      frame["methodName"] = std::move(parts.function);
      frame["fileName"] = std::move(parts.file);
      frame["lineNumber"] = -1;
      frame["nativeMethod"] = false;
      stack.push_back(std::move(frame));
    }
  }
  one["stackTrace"] = std::move(stack);
  one["lockedMonitors"] = JsonValue::array();
  one["lockedSynchronizers"] = JsonValue::array();
  one["lockInfo"] = nullptr;
  return one;
}

JsonValue json_of(const std::vector<ThreadState>& threads) {
  JsonValue body;
  body["threads"] = JsonValue::array();
  for (const ThreadState& thread : threads) body["threads"].push_back(json_of(thread));
  return body;
}

std::string text_of(const std::vector<ThreadState>& threads) {
  std::string text;
  for (const ThreadState& thread : threads) {
    text += "\"" + thread.name + "\" - Thread t@" + std::to_string(thread.id) + "\n   " +
            std::string(state_of(thread)) + "\n";
    if (!thread.stack) text += "\t(takes no signals, or did not answer)\n";
    if (thread.stack) {
      for (const std::string& line : thread.stack->describe()) text += "\tat " + line + "\n";
    }
    text += "\n";
  }
  return text;
}

}  // namespace

void add_actuator_threads(Routes& routes, const Actuator& actuator) {
  routes.get(actuator.base_path + "/threaddump", [](const Request& request) -> Task<Response> {
    const std::string_view media = request.negotiate(
        {kActuatorMedia, "application/vnd.spring-boot.actuator.v2+json", "application/json", "text/plain"});
    if (media == "text/plain") {
      Response response(200, co_await blocking([] { return text_of(all_threads()); }));
      response.header("Cache-Control", "no-store");
      co_return response;
    }
    const JsonValue body = co_await blocking([] { return json_of(all_threads()); });
    co_return actuator_json(request, body);
  });
}

}  // namespace ngo::app
