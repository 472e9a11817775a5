// A directory of files as a source. Changes are found by looking: Kubernetes swaps a symbolic link, which
// shows in the modification times.
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/config/data_source.hpp"
#include "ngo/config/report.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::config {
namespace {

constexpr std::chrono::seconds kInterval(1);

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
    seen_ = state();
    std::vector<Document> out;
    for (const std::string& name : names()) {
      const std::string path = path_ + "/" + name;
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

  Task<void> changed() override {
    while (state() == seen_) co_await sleep(kInterval);
  }

  Task<void> close() override { co_return; }

 private:
  // Of the files, sorted. What begins with a dot is Kubernetes' own.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> out;
    DIR* const directory = opendir(path_.c_str());
    if (directory == nullptr)
      throw Error(Code::not_found,
                  "cannot read the directory " + in_quotes(path_) + ": " + std::strerror(errno));
    while (const dirent* const entry = readdir(directory)) {
      const std::string name = entry->d_name;
      struct stat status{};
      if (name.starts_with('.') || stat((path_ + "/" + name).c_str(), &status) != 0) continue;
      if (S_ISREG(status.st_mode)) out.push_back(name);
    }
    closedir(directory);
    std::sort(out.begin(), out.end());
    return out;
  }

  // Something else after every change.
  [[nodiscard]] std::string state() const {
    std::string out;
    for (const std::string& name : names()) {
      struct stat status{};
      if (stat((path_ + "/" + name).c_str(), &status) != 0) continue;
      for (const auto number :
           {static_cast<long long>(status.st_ino), static_cast<long long>(status.st_size),
            static_cast<long long>(status.st_mtim.tv_sec), static_cast<long long>(status.st_mtim.tv_nsec)}) {
        out.append(std::to_string(number)).push_back(' ');
      }
      out += name + '\n';
    }
    return out;
  }

  std::string path_;
  std::string prefix_;
  bool secret_;
  std::string seen_;
};

}  // namespace

std::unique_ptr<DataSource> make_directory_source(const Address& address) {
  return std::make_unique<DirectorySource>(address);
}

}  // namespace ngo::config
