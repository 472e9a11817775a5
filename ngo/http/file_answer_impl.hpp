// From an opened file to the response: conditions, ranges, headers. The same for File and static_files().
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ngo/codec/coding.hpp"
#include "ngo/http/file_body_impl.hpp"
#include "ngo/http/request.hpp"
#include "ngo/http/response.hpp"

namespace ngo::http {

struct FileAnswer {
  std::shared_ptr<const FileSource> source;
  std::shared_ptr<const FileBody> whole;  // all of it, when that has been made before
  std::string_view etag;                  // empty: no conditions on it
  std::string_view last_modified;         // as HTTP writes it; empty: not known
  std::optional<SystemTime> modified;
  std::string_view content_type;
  std::string_view cache_control;
  std::string_view disposition;
  Coding coding = Coding::identity;
  bool checked = false;  // the texts are known to be values of fields
  bool varies = false;   // another client might have got another coding
};

// Makes `response` 200, 206, 304, 412 or 416.
void answer_with_file(const Request& request, const FileAnswer& answer, Response& response);

}  // namespace ngo::http
