#include "ngo/http/json_lines.hpp"

#include "ngo/base/text.hpp"
#include "ngo/http/accept_encoding.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http {
namespace {

constexpr std::size_t kPiece = 16 * 1024;

// How welcome a media type is, by the most specific range of Accept that has it (RFC 9110, 12.5.1).
int weight_of(std::string_view accept, std::string_view type) {
  int weight = 0;
  int specific = -1;
  std::string_view rest = accept;
  for (std::string_view member; next_list_member(rest, member);) {
    std::string_view range = trim_whitespace(member.substr(0, member.find(';')));
    int how = -1;
    if (equals_ignoring_case(range, type)) {
      how = 2;
    } else if (equals_ignoring_case(range, "application/*")) {
      how = 1;
    } else if (range == "*/*") {
      how = 0;
    }
    if (how <= specific) continue;
    specific = how;
    weight = quality_of(member);
  }
  return weight;
}

// Gathers what comes in one turn of the loop, and sends it at its end.
class Gatherer {
 public:
  explicit Gatherer(BodyWriter& out) : out_(out) {}

  std::string& text() noexcept { return text_; }
  // Says that something was added. Waits only when it is much.
  Task<void> added() {
    if (text_.size() < kPiece) {
      news_.set();
      co_return;
    }
    co_await send();
    co_await yield();
  }
  Task<void> send() {
    Mutex::Lock lock = co_await mutex_.lock();
    if (text_.empty()) co_return;
    std::string now = std::exchange(text_, {});
    co_await out_.write(now);
    co_await out_.flush();
  }
  // Until it is cancelled.
  Task<void> follow() {
    for (;;) {
      co_await news_.wait();
      news_.reset();
      co_await yield();
      co_await send();
    }
  }

 private:
  BodyWriter& out_;
  Mutex mutex_;
  Event news_;
  std::string text_;
};

Task<void> pump(const NextValue& next, JsonForm form, Gatherer& gatherer, Scope& scope) {
  scope.spawn(gatherer.follow());
  const bool array = form == JsonForm::array;
  if (array) gatherer.text() += '[';
  // Into a text of its own: what the generator waits for must not be sent in part.
  std::string value;
  for (bool first = true;; first = false) {
    value.clear();
    if (!co_await next(value)) break;
    if (array && !first) gatherer.text() += ',';
    gatherer.text() += value;
    if (!array) gatherer.text() += '\n';
    co_await gatherer.added();
  }
  if (array) gatherer.text() += ']';
  co_await gatherer.send();
  scope.cancel();
}

Task<void> write_values(std::shared_ptr<const NextValue> next, JsonForm form, BodyWriter& out) {
  Gatherer gatherer(out);
  auto body = [&](Scope& scope) { return pump(*next, form, gatherer, scope); };
  co_await Scope::run(body);
}

}  // namespace

JsonForm choose_json_form(const Request& request) {
  std::optional<std::string_view> accept = request.header("Accept");
  if (!accept) return JsonForm::lines;
  int lines = std::max(weight_of(*accept, "application/x-ndjson"), weight_of(*accept, "application/jsonl"));
  return weight_of(*accept, "application/json") > lines ? JsonForm::array : JsonForm::lines;
}

void stream_values(NextValue next, JsonForm form, Response& response) {
  auto shared = std::make_shared<const NextValue>(std::move(next));
  response = Response::streamed([shared, form](BodyWriter& out) { return write_values(shared, form, out); },
                                form == JsonForm::array ? "application/json" : "application/x-ndjson");
  response.header("Vary", "Accept");
}

}  // namespace ngo::http
