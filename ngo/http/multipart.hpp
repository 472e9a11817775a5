// Uploads (multipart/form-data) part by part as they come, never held in memory whole:
//
//   app.post("/photos", [](ngo::Multipart upload) -> ngo::Task<ngo::NoContent> {
//     while (ngo::Part* part = co_await upload.next()) {
//       if (part->is_file()) co_await part->save("/srv/photos/" + part->safe_file_name());
//     }
//     co_return ngo::NoContent();
//   }).max_body(std::size_t{1} << 30);
//
// The limits are those of httpServer.multipart; the total is that of the body. What breaks one, or is no
// multipart at all, throws, and the client gets 400, 413, 415 or 431. All disk work is done beside the
// workers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ngo/http/endpoint.hpp"
#include "ngo/http/params.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

namespace http {
class MultipartReader;
}

// What a part held, kept for later: in memory while it is small, else in a temporary file that is removed
// with this object.
class KeptPart {
 public:
  KeptPart() = default;
  KeptPart(KeptPart&& other) noexcept;
  KeptPart& operator=(KeptPart&& other) noexcept;
  ~KeptPart();

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_on_disk() const noexcept { return !path_.empty(); }
  // The content while it is in memory; empty otherwise.
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  // The temporary file; empty while the content is in memory.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // Makes it a file of that name, replacing one that is there. Afterwards this object is empty.
  [[nodiscard]] Task<void> move_to(std::string path);

 private:
  friend class Part;
  std::string bytes_;
  std::string path_;
  std::uint64_t size_ = 0;
};

// The part of an upload that is being read. Valid until the next one is asked for.
class Part {
 public:
  [[nodiscard]] std::string_view name() const noexcept;
  // Whether it came with a file name.
  [[nodiscard]] bool is_file() const noexcept;
  // As the client sent it: for showing, never for opening. Empty for a plain field.
  [[nodiscard]] std::string_view sent_file_name() const noexcept;
  // Made safe (http/file_name.hpp); "file" when nothing was left of it. Two clients may send the same.
  [[nodiscard]] std::string safe_file_name() const;
  // As the client says; "text/plain" when it does not (RFC 7578, 4.4).
  [[nodiscard]] std::string_view content_type() const noexcept;
  // A header of this part, in any case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;

  // The next piece, or nothing at the end. The bytes are valid until the next call.
  [[nodiscard]] Task<std::optional<std::string_view>> next();
  // All that is left, in one string of at most multipart.maxTextSize; 413 when it is more.
  [[nodiscard]] Task<std::string> text();
  // Writes all that is left to a file of that name: first beside it, then in its place, so that nobody sees
  // half of one, and nothing stays when it fails. Replaces a file that is there. Gives back the size.
  [[nodiscard]] Task<std::uint64_t> save(std::string path);
  // Keeps all that is left: in memory up to multipart.spoolSize, else in a temporary file.
  [[nodiscard]] Task<KeptPart> keep();

 private:
  friend class http::MultipartReader;
  explicit Part(http::MultipartReader& reader) noexcept : reader_(&reader) {}
  http::MultipartReader* reader_;
};

class Multipart {
 public:
  explicit Multipart(Request& request);
  Multipart(Multipart&&) noexcept;
  Multipart& operator=(Multipart&&) noexcept;
  ~Multipart();

  // The next part, or null after the last; what was left unread of the one before is passed over.
  [[nodiscard]] Task<Part*> next();

 private:
  std::unique_ptr<http::MultipartReader> reader_;
};

template <>
struct http::Param<Multipart> {
  void visit(Binder& binder) const { binder.body(BodyUse::stream); }
  Multipart get(Request& request) const { return Multipart(request); }
};

}  // namespace ngo
