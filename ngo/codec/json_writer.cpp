#include "ngo/codec/json_writer.hpp"

#include "ngo/base/error.hpp"

namespace ngo::json {
namespace {

[[noreturn]] void misuse(const char* what) {
  throw Error(Code::internal, std::string("json::Writer: ") + what);
}

}  // namespace

void Writer::before_value() {
  const bool in_object = !open_.empty() && open_.back() == '{';
  if (in_object && !has_key_) misuse("a value inside an object needs a key first");
  if (open_.empty() && any_) misuse("the document is complete already");
  if (any_ && !in_object) out_ += ',';
  any_ = true;
  has_key_ = false;
}

Writer& Writer::begin(char opening) {
  before_value();
  out_ += opening;
  open_ += opening;
  any_ = false;
  return *this;
}

Writer& Writer::end(char opening, char closing) {
  if (open_.empty() || open_.back() != opening) misuse("an end that has no begin of its kind");
  if (has_key_) misuse("a key without its value");
  out_ += closing;
  open_.pop_back();
  any_ = true;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  if (open_.empty() || open_.back() != '{') misuse("a key outside of an object");
  if (has_key_) misuse("a key after a key");
  if (any_) out_ += ',';
  json::write(out_, name);
  out_ += ':';
  has_key_ = true;
  return *this;
}

Writer& Writer::typed(const Type& type, const void* value) {
  before_value();
  json::write(out_, type, value);
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  before_value();
  out_ += json;
  return *this;
}

}  // namespace ngo::json
