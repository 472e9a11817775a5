// A directory of files as a source: FileWatch tells when it changes.
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/config/data_source.hpp"
#include "ngo/config/file_watch.hpp"
#include "ngo/config/paths_impl.hpp"
#include "ngo/config/report.hpp"

namespace ngo::config {
namespace {

class DirectorySource final : public DataSource {
 public:
  explicit DirectorySource(const Address& address)
      : path_(address.path),
        prefix_(address.parameter("prefix")),
        secret_(address.parameter("secret") == "true") {
    if (path_.empty() || !address.host.empty()) {
      throw Error(Code::invalid_argument, "expected " + address.scheme +
                                              ":///PATH, the directory that is mounted, with three slashes");
    }
  }

  Task<std::vector<Document>> read() override {
    // Watched first, so that nothing happens between the two.
    if (!watch_) {
      watch_ = std::make_unique<FileWatch>();
      watch_->watch({path_});
    }
    watch_->see();
    const std::optional<std::vector<std::string>> names = files_in(path_);
    if (!names) {
      throw Error(Code::not_found,
                  "cannot read the directory " + in_quotes(path_) + ": " + std::strerror(errno));
    }
    std::vector<Document> out;
    for (const std::string& name : *names) {
      const std::string path = path_in(path_, name);
      std::ifstream file(path, std::ios::binary);
      if (!file.is_open()) throw Error(Code::not_found, "cannot read the file " + in_quotes(path));
      Document& document = out.emplace_back();
      document.source = path;
      document.text.assign(std::istreambuf_iterator<char>(file), {});
      document.secret = secret_;
      const std::size_t dot = name.rfind('.');
      const std::optional<Format> format =
          dot == std::string::npos ? std::nullopt : format_of_name(std::string_view(name).substr(dot + 1));
      if (format && prefix_.empty()) {
        document.format = *format;
        continue;
      }
      document.key = join_path(prefix_, name);
      if (document.text.ends_with('\n')) document.text.pop_back();
    }
    co_return out;
  }

  Task<void> changed() override { co_await watch_->changed(); }

  Task<void> close() override {
    watch_.reset();
    co_return;
  }

 private:
  std::string path_;
  std::string prefix_;
  bool secret_;
  std::unique_ptr<FileWatch> watch_;
};

}  // namespace

std::unique_ptr<DataSource> make_directory_source(const Address& address) {
  return std::make_unique<DirectorySource>(address);
}

}  // namespace ngo::config
