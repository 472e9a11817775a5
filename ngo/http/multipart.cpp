#include "ngo/http/multipart.hpp"

#include <unistd.h>

#include <utility>

#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/file_name.hpp"
#include "ngo/http/multipart_parser.hpp"
#include "ngo/http/part_file_impl.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/status.hpp"
#include "ngo/runtime/blocking.hpp"

namespace ngo {
namespace http {
namespace {

constexpr std::size_t kWriteBytes = 256 * 1024;  // collected before the disk is asked

std::string_view content_type_of(const Request& request) {
  const std::optional<std::string_view> field = request.header("Content-Type");
  if (field) return *field;
  throw StatusError(status::kUnsupportedMediaType, Code::invalid_argument,
                    "the body has no Content-Type; this address takes multipart/form-data");
}

}  // namespace

class MultipartReader {
 public:
  explicit MultipartReader(Request& request)
      : limits_(request.multipart_limits()),
        body_(request.body_stream()),
        parser_(boundary_of(content_type_of(request)), limits_) {}

  Task<Part*> next_part() {
    while (in_part_) co_await next_piece();
    const MultipartParser::Kind kind = co_await advance();
    if (kind == MultipartParser::Kind::done) {
      // Up to the end, so that the connection can go on.
      while (co_await body_.next()) {
      }
      co_return nullptr;
    }
    in_part_ = true;
    co_return &part_;
  }

  // Empty at the end of the part.
  Task<std::string_view> next_piece() {
    if (!in_part_) co_return std::string_view();
    const MultipartParser::Kind kind = co_await advance();
    if (kind == MultipartParser::Kind::data) co_return data_;
    in_part_ = false;
    co_return std::string_view();
  }

  [[nodiscard]] const MultipartParser::Part& part() noexcept { return parser_.part(); }
  [[nodiscard]] const MultipartLimits& limits() const noexcept { return limits_; }

 private:
  // The next step of the parser that is not need_more. What it has not consumed of a piece of the body is
  // kept and joined with the next one.
  Task<MultipartParser::Kind> advance() {
    for (;;) {
      const MultipartParser::Step step = parser_.next(rest_);
      if (step.kind == MultipartParser::Kind::error) {
        throw StatusError(parser_.status(), Code::invalid_argument, parser_.reason());
      }
      rest_.remove_prefix(step.consumed);
      if (step.kind != MultipartParser::Kind::need_more) {
        data_ = step.data;
        co_return step.kind;
      }
      std::string joined(rest_);
      const std::optional<std::string_view> piece = co_await body_.next();
      if (!piece) {
        throw StatusError(status::kBadRequest, Code::invalid_argument,
                          "the multipart body ends before its last boundary");
      }
      rest_ = *piece;
      if (!joined.empty()) {
        joined += *piece;
        joined_ = std::move(joined);
        rest_ = joined_;
      }
    }
  }

  const MultipartLimits& limits_;
  Body body_;
  MultipartParser parser_;
  std::string joined_;
  std::string_view rest_;  // of joined_, or of the body's last piece
  std::string_view data_;
  bool in_part_ = false;
  Part part_{*this};
};

namespace {

// Collects what is written to a file into large pieces, each written beside the worker.
class Writing {
 public:
  explicit Writing(PartFile file) : file_(std::move(file)) { buffer_.reserve(kWriteBytes); }
  Task<void> add(std::string_view piece) {
    buffer_ += piece;
    if (buffer_.size() >= kWriteBytes) co_await flush();
  }
  Task<void> flush() {
    auto write = [this] { file_.write(buffer_); };
    co_await blocking(write);
    buffer_.clear();
  }
  [[nodiscard]] PartFile& file() noexcept { return file_; }

 private:
  PartFile file_;
  std::string buffer_;
};

}  // namespace
}  // namespace http

std::string_view Part::name() const noexcept { return reader_->part().name; }
bool Part::is_file() const noexcept { return reader_->part().file_name.has_value(); }
std::string_view Part::sent_file_name() const noexcept {
  return is_file() ? std::string_view(*reader_->part().file_name) : std::string_view();
}
std::string Part::safe_file_name() const { return http::safe_file_name(sent_file_name()); }
std::string_view Part::content_type() const noexcept {
  const std::string& type = reader_->part().content_type;
  return type.empty() ? std::string_view("text/plain") : std::string_view(type);
}
std::optional<std::string_view> Part::header(std::string_view name) const noexcept {
  for (const auto& [field, value] : reader_->part().headers) {
    if (equals_ignoring_case(field, name)) return value;
  }
  return std::nullopt;
}

Task<std::optional<std::string_view>> Part::next() {
  const std::string_view piece = co_await reader_->next_piece();
  if (piece.empty()) co_return std::nullopt;
  co_return piece;
}

Task<std::string> Part::text() {
  const std::uint64_t limit = reader_->limits().max_text_size.bytes();
  std::string all;
  while (const std::optional<std::string_view> piece = co_await next()) {
    if (all.size() + piece->size() > limit) {
      throw http::StatusError(
          status::kContentTooLarge, Code::invalid_argument,
          "the part " + in_quotes(name()) + " has more than " + std::to_string(limit) + " bytes");
    }
    all += *piece;
  }
  co_return all;
}

Task<std::uint64_t> Part::save(std::string path) {
  auto create = [&path] { return http::PartFile::beside(path); };
  http::Writing writing(co_await blocking(create));
  std::uint64_t size = 0;
  while (const std::optional<std::string_view> piece = co_await next()) {
    size += piece->size();
    co_await writing.add(*piece);
  }
  co_await writing.flush();
  auto finish = [&] { writing.file().rename_to(path); };
  co_await blocking(finish);
  co_return size;
}

Task<KeptPart> Part::keep() {
  const std::uint64_t limit = reader_->limits().spool_size.bytes();
  KeptPart kept;
  std::optional<http::Writing> writing;
  while (const std::optional<std::string_view> piece = co_await next()) {
    kept.size_ += piece->size();
    if (!writing && kept.size_ > limit) {
      const std::string directory = http::temporary_directory(reader_->limits().directory);
      auto create = [&directory] { return http::PartFile::temporary(directory); };
      writing.emplace(co_await blocking(create));
      co_await writing->add(kept.bytes_);
      kept.bytes_ = std::string();
    }
    if (writing) {
      co_await writing->add(*piece);
    } else {
      kept.bytes_ += *piece;
    }
  }
  if (writing) {
    co_await writing->flush();
    auto finish = [&] { return writing->file().release(); };
    kept.path_ = co_await blocking(finish);
  }
  co_return kept;
}

KeptPart::KeptPart(KeptPart&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})),
      path_(std::exchange(other.path_, {})),
      size_(std::exchange(other.size_, 0)) {}

KeptPart& KeptPart::operator=(KeptPart&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(path_, other.path_);
  std::swap(size_, other.size_);
  return *this;
}

KeptPart::~KeptPart() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Task<void> KeptPart::move_to(std::string path) {
  auto move = [&] {
    if (!path_.empty()) return http::move_file(path_, path);
    http::PartFile file = http::PartFile::beside(path);
    file.write(bytes_);
    file.rename_to(path);
  };
  co_await blocking(move);
  path_.clear();
  bytes_.clear();
  size_ = 0;
}

Multipart::Multipart(Request& request) : reader_(std::make_unique<http::MultipartReader>(request)) {}
Multipart::Multipart(Multipart&&) noexcept = default;
Multipart& Multipart::operator=(Multipart&&) noexcept = default;
Multipart::~Multipart() = default;
Task<Part*> Multipart::next() { return reader_->next_part(); }

}  // namespace ngo
