#include "ngo/config/source_set.hpp"

#include <algorithm>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/id.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/config/format.hpp"
#include "ngo/config/overrides.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::config {
struct SourceSet::Source {
  std::string given;  // as -c has it
  bool optional = false;
  std::unique_ptr<DataSource> data;
  std::vector<Document> documents;
  SourceStatus status;
  bool followed = false;
  Event again;  // somebody wants it to be read
  Event tried;  // that has been done
};

SourceSet::SourceSet(const CommandLine& command_line, const DataSources& makers,
                     const Environment& environment, Report& report) {
  for (const std::string& each : command_line.files) {
    auto source = std::make_unique<Source>();
    source->given = each;
    source->optional = each.starts_with(kOptional);
    Address address = parse_address(source->optional ? each.substr(kOptional.size()) : each);
    if (address.scheme == "file") continue;
    const std::string shown = address.shown;
    const Place place{source_name("-c " + shown), 0, 0};
    const std::size_t before = report.size();
    address = parse_address(substitute_in_address(address.text, environment, place, report));
    if (report.size() != before) continue;
    address.shown = source->status.address = shown;
    const std::string_view format = address.parameter("format");
    try {
      if (!format.empty() && !format_of_name(format)) {
        throw Error(Code::invalid_argument,
                    "no format is called " + in_quotes(format) + "; expected one of " + format_names());
      }
      source->data = makers.make(address);
      sources_.push_back(std::move(source));
    } catch (const Error& error) {
      report.error(place, {}, error.message());
    }
  }
}

SourceSet::SourceSet() = default;
SourceSet::SourceSet(SourceSet&&) noexcept = default;
SourceSet& SourceSet::operator=(SourceSet&&) noexcept = default;
SourceSet::~SourceSet() = default;

Task<void> SourceSet::read(Report& report) {
  for (auto& source : sources_) {
    const Place place{source_name("-c " + source->status.address), 0, 0};
    try {
      co_await read_one(*source);
      if (!source->status.problem.empty()) report.warn(place, {}, source->status.problem);
    } catch (const Error& error) {
      if (!source->optional || error.code() == Code::invalid_argument) {
        report.error(place, {}, error.message());
        continue;
      }
      source->status.problem = error.message();
      ++source->status.failures;
      report.warn(place, {}, error.message() + "; it is optional: going on without it");
    }
  }
}

Task<bool> SourceSet::read_one(Source& source) {
  std::vector<Document> documents;
  try {
    documents = co_await with_timeout(kReadLimit, source.data->read());
  } catch (const Error& error) {
    if (error.code() != Code::deadline_exceeded) throw;
    throw Error(Code::deadline_exceeded,
                "it did not answer within " + std::to_string(kReadLimit.count()) + " s");
  }
  const WallTime now = EventLoop::current().wall();
  SourceStatus& status = source.status;
  status.read = now;
  if (!status.up) status.since = now;
  status.up = true;
  status.problem.clear();
  for (const Document& each : documents) {
    if (!each.warning.empty()) status.problem = each.warning;
  }
  const bool is_new = !same_content(documents, source.documents);
  if (is_new) ++status.changes;
  source.documents = std::move(documents);
  co_return is_new;
}

void SourceSet::fail(Source& source, std::string problem, const Turned& turned) {
  SourceStatus& status = source.status;
  ++status.failures;
  status.problem = std::move(problem);
  if (!status.up) return;
  status.up = false;
  status.since = EventLoop::current().wall();
  turned(status);
}

Task<bool> SourceSet::try_one(Source& source, const Turned& turned) {
  const bool was_up = source.status.up;
  const std::string warned = source.status.problem;
  std::string problem;
  try {
    const bool is_new = co_await read_one(source);
    if (!was_up || source.status.problem != warned) turned(source.status);
    co_return is_new;
  } catch (const std::exception& error) {
    Context::current().check();  // the end of following is no failure of the source
    problem = error.what();
  }
  fail(source, std::move(problem), turned);
  co_return false;
}

// Until it has changed or, while it is down, the pause is over; or somebody wants it to be read.
Task<bool> SourceSet::wait_for_change(Source& source, Duration pause, const Turned& turned) {
  auto again = [](Source& its) -> Task<void> { co_await its.again.wait(); };
  // Drawn from its upper half, so that copies of a service do not come in step.
  auto rest = [](Duration limit) -> Task<void> {
    co_await sleep(limit / 2 + Duration(random_below(static_cast<std::uint64_t>(limit.count() / 2) + 1)));
  };
  std::string problem;
  try {
    Task<void> wait = source.status.up ? source.data->changed() : rest(pause);
    co_await when_any(std::move(wait), again(source));
  } catch (const std::exception& error) {
    Context::current().check();
    problem = error.what();
  }
  if (problem.empty()) co_return true;
  fail(source, std::move(problem), turned);
  co_return false;
}

Task<void> SourceSet::follow_one(Source& source, const std::function<void()>& changed, const Turned& turned) {
  const DataSource::Pauses pauses = source.data->pauses();
  Duration pause = pauses.first;
  while (true) {
    const bool was_up = source.status.up;
    const bool waited = co_await wait_for_change(source, pause, turned);
    if (was_up && !waited) continue;
    source.again.reset();
    const bool is_new = co_await try_one(source, turned);
    source.tried.set();
    pause = was_up && source.status.up ? pauses.first : std::min<Duration>(pause * 2, pauses.longest);
    if (is_new) {
      changed();
    } else if (source.status.up) {
      co_await sleep(kLeastPause);  // one that calls wolf must not turn the loop into a mill
    }
  }
}

Task<void> SourceSet::follow(std::function<void()> changed, Turned turned) {
  for (auto& source : sources_) source->followed = true;
  co_await Scope::run([&](Scope& scope) -> Task<void> {
    for (auto& source : sources_) scope.spawn(follow_one(*source, changed, turned));
    co_return;
  });
}

Task<bool> SourceSet::read_again(Turned turned) {
  bool is_new = false;
  for (auto& source : sources_) {
    const std::uint64_t before = source->status.changes;
    if (source->followed) {
      source->tried.reset();
      source->again.set();
      co_await source->tried.wait();
    } else {
      co_await try_one(*source, turned);
    }
    is_new |= source->status.changes != before;
  }
  co_return is_new;
}

Task<void> SourceSet::close() {
  for (auto& source : sources_) {
    try {
      co_await with_timeout(kCloseLimit, source->data->close());
    } catch (const std::exception& error) {
      // It is left all the same.
      source->status.problem = error.what();
    }
  }
}

const std::vector<Document>& SourceSet::documents(const std::string& address) const noexcept {
  static const std::vector<Document> none;
  for (const auto& source : sources_) {
    if (source->given == address) return source->documents;
  }
  return none;
}

std::vector<SourceStatus> SourceSet::statuses() const {
  std::vector<SourceStatus> out;
  out.reserve(sources_.size());
  for (const auto& source : sources_) out.push_back(source->status);
  return out;
}

}  // namespace ngo::config
