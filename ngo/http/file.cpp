#include "ngo/http/file.hpp"

#include <cstdio>

#include "ngo/base/error.hpp"
#include "ngo/base/utf8.hpp"
#include "ngo/http/accept_encoding.hpp"
#include "ngo/http/conditions.hpp"
#include "ngo/http/file_answer_impl.hpp"
#include "ngo/http/file_body_impl.hpp"
#include "ngo/http/media_type.hpp"

namespace ngo {

File File::beneath(std::string directory, std::string name) {
  File file(std::move(name));
  file.root_ = std::move(directory);
  return file;
}

File File::memory(std::shared_ptr<const std::string> bytes, std::string content_type) {
  File file;
  file.memory_ = std::move(bytes);
  file.content_type_ = std::move(content_type);
  return file;
}

File File::memory(std::string bytes, std::string content_type) {
  return memory(std::make_shared<const std::string>(std::move(bytes)), std::move(content_type));
}

File& File::attachment(std::string_view name) {
  disposition_ = http::content_disposition("attachment", name);
  return *this;
}

File& File::inline_as(std::string_view name) {
  disposition_ = http::content_disposition("inline", name);
  return *this;
}

File& File::etag(std::string tag) {
  if (!http::is_entity_tag(tag)) {
    throw Error(Code::internal,
                tag + " is no entity tag; one is written \"abc\" or W/\"abc\", with the quotes");
  }
  etag_ = std::move(tag);
  return *this;
}

namespace http {
namespace {

// In the order of how small they usually are.
constexpr std::array<Coding, 3> kVariants = {Coding::br, Coding::zstd, Coding::gzip};

// attr-char (RFC 5987, 3.2.1)
bool is_plain(unsigned char c) noexcept {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
         std::string_view("!#$&+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

}  // namespace

std::string content_disposition(std::string_view kind, std::string_view name) {
  std::string safe(name);
  for (char& c : safe) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '/' || c == '\\') c = '_';
  }
  if (!is_utf8(safe)) {
    for (char& c : safe) {
      if (static_cast<unsigned char>(c) >= 0x80) c = '_';
    }
  }
  std::string value(kind);
  value += "; filename=\"";
  bool extended = false;
  std::string coded;
  for (char c : safe) {
    auto byte = static_cast<unsigned char>(c);
    // Clients disagree on what backslashes and percent signs mean in quotes: these go into filename* alone.
    const bool odd = byte >= 0x80 || c == '"' || c == '%';
    extended = extended || odd;
    if (!odd || byte >= 0xc0 || byte < 0x80) value += odd ? '_' : c;  // one "_" for each character
    if (is_plain(byte)) {
      coded += c;
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      coded += '%';
      coded += kDigits[byte >> 4U];
      coded += kDigits[byte & 15U];
    }
  }
  value += '"';
  if (extended) value += "; filename*=UTF-8''" + coded;
  return value;
}

Task<void> Result<File>::render(File file, Request& request, Response& response) {
  FileAnswer answer;
  std::string modified_text;
  if (file.memory_) {
    auto source = std::make_shared<FileSource>();
    source->size = file.memory_->size();
    source->memory = file.memory_;
    answer.source = std::move(source);
  } else {
    FilePlace place{file.root_, file.path_};
    Opened opened = co_await open_file(place);
    if (!opened.file) throw_cannot_open(opened.error, file.path_);
    answer.source = std::move(opened.file);
    if (file.precompressed_) {
      answer.varies = true;
      AcceptedCodings accepted(request.header("Accept-Encoding"));
      for (Coding coding : kVariants) {
        if (accepted.weight(coding) < std::max(1, accepted.weight(Coding::identity))) continue;
        place.path = file.path_ + std::string(kCodingSuffixes[static_cast<std::size_t>(coding)]);
        Opened variant = co_await open_file(place);
        if (!variant.file || *variant.file->modified < *answer.source->modified) continue;
        answer.source = std::move(variant.file);
        answer.coding = coding;
        break;
      }
    }
  }
  answer.etag = file.etag_.empty() ? std::string_view(answer.source->etag) : file.etag_;
  answer.last_modified = answer.source->last_modified;
  answer.modified = answer.source->modified;
  if (file.last_modified_) {
    modified_text.resize(kHttpDateSize);
    write_http_date(*file.last_modified_, modified_text.data());
    answer.last_modified = modified_text;
    answer.modified = file.last_modified_;
  }
  answer.content_type = file.content_type_.empty() ? media_type_of(file.path_) : file.content_type_;
  answer.cache_control = file.cache_control_;
  answer.disposition = file.disposition_;
  answer_with_file(request, answer, response);
}

}  // namespace http
}  // namespace ngo
