// Answers that a function writes piece by piece.
#include "ngo/http/problem.hpp"
#include "ngo/http/status.hpp"
#include "ngo/http/transaction.hpp"

namespace ngo::http {

Task<void> Transaction::write_stream(const Response& response, bool head_only) {
  if (head_only || !status_has_body(response.status())) {
    begin_stream(response, false);
    co_return;
  }
  stream_due_ = &response;
  endless_ = response.ends_on_drain();
  ended_by_drain_ = endless_ && stopping();
  try {
    if (!ended_by_drain_) co_await response.stream()(stream_writer());
    endless_ = false;
  } catch (...) {
    endless_ = false;
    const bool gone = client_gone_ || aborted_;
    if (!ended_by_drain_ || gone || !stream_is_sound()) {
      if (std::exchange(stream_due_, nullptr) != nullptr && !gone) throw;
      if (!gone) log_failed_stream(exchange_->request);
      // The client must not take what it has for the whole.
      break_stream();
      co_return;
    }
  }
  begin_due_stream();
  end_stream();
}

}  // namespace ngo::http
