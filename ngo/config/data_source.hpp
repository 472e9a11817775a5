// Where a configuration may live besides files: a centre that a company runs, a directory that Kubernetes
// mounts. A source is three operations; one that is written in a few lines is in docs/configuration.md.
//
//   ngo::config::DataSources sources = ngo::config::DataSources::built_in();
//   sources.add("centre", [](const ngo::config::Address& address) { return std::make_unique<Centre>(address);
//   });
//
// and the service starts with -c 'centre://conf.internal/my-service?format=json'.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/config/format.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::config {

// What -c says: scheme://host/path?name=value&... A text without "://" is a path of the scheme "file". Where
// there is a "#", the parameters stand behind it, and what stands behind the "?" is left to the source.
struct Address {
  std::string text;   // as it was given; may hold secrets
  std::string shown;  // the same for people: secrets are masked
  std::string scheme;
  std::string user;
  std::string password;
  std::string host;  // with port; empty for files
  std::string path;  // of a file as given; of everything else with its first "/"
  std::vector<std::pair<std::string, std::string>> parameters;  // percent-decoded, in their order

  // The last value of that name; `otherwise` when there is none.
  [[nodiscard]] std::string_view parameter(std::string_view name,
                                           std::string_view otherwise = {}) const noexcept;
};

[[nodiscard]] Address parse_address(std::string_view text);

// Stands before the name of a file, or before an address, that need not be there.
inline constexpr std::string_view kOptional = "optional:";

// One piece of configuration.
struct Document {
  std::string source;  // what messages call it: a file's path, a key at a centre
  Format format = Format::yaml;
  std::string text;
  std::string key;      // not empty: `text` is the single value of this key, such as "redis.0.password"
  bool secret = false;  // nothing of it may be shown
  // Not empty: what people should know of it, such as "the server cannot be reached; this is the state of 3 h
  // ago". The service starts with it; it is logged once and shown at the ops port.
  std::string warning = {};
};

// Whether they say the same; warnings do not count.
[[nodiscard]] bool same_content(const std::vector<Document>& a, const std::vector<Document>& b);

// Lives on one event loop, the supervisor's, whose thread makes it, awaits its operations one at a time and
// destroys it:
//
//   read()               at the start, before anything else runs, within 30 s. A failure is a mistake of the
//                        configuration: the service does not start.
//   changed(), read()    in turns for the life of the process, where -w true follows changes. changed() has
//                        no limit, read() has 30 s. Much time may pass between the first read() and the first
//                        changed(), which ends at once if something changed meanwhile. A read() that
//                        gives what was there before is no change.
//   read()               when an operator wants a reload; a changed() that is under way is cancelled for it.
//   close()              at the stop, within 5 s; also when the start failed or nothing else was awaited.
//
// What fails after the start makes the source "down": logged once, shown at the ops port, what it gave last
// stays. read() is then tried after pauses(), and only when it has given something is changed() awaited
// again. So neither of them needs to try again by itself.
//
// Cancellation comes as Error{cancelled} out of what the operation waits for; it lets it pass. Blocking calls
// belong into ngo::blocking(): the ops port lives on the same loop.
class DataSource {
 public:
  DataSource() = default;
  DataSource(const DataSource&) = delete;
  DataSource& operator=(const DataSource&) = delete;
  virtual ~DataSource();

  // Everything, as it is now; later documents win. Throws ngo::Error when it cannot be had.
  [[nodiscard]] virtual Task<std::vector<Document>> read() = 0;
  // Ends when something may have changed since the last read(). May be cancelled and awaited anew.
  [[nodiscard]] virtual Task<void> changed() = 0;
  [[nodiscard]] virtual Task<void> close() = 0;

  // Before the first new try, and at most: each is twice as long as the one before, and drawn from its upper
  // half.
  struct Pauses {
    Duration first = std::chrono::milliseconds(500);
    Duration longest = std::chrono::seconds(30);
  };
  [[nodiscard]] virtual Pauses pauses() const noexcept { return {}; }
};

// Which scheme is which source. Files are read by ngo itself and in no registry.
class DataSources {
 public:
  using Make = std::function<std::unique_ptr<DataSource>(const Address&)>;

  // k8s: a mounted ConfigMap or Secret. Those that are reached over the network come with ngo::App.
  [[nodiscard]] static DataSources built_in();

  // Adds a scheme, or replaces it.
  void add(std::string scheme, Make make);
  // Throws ngo::Error (invalid_argument) that lists the known schemes when there is none of that name.
  [[nodiscard]] std::unique_ptr<DataSource> make(const Address& address) const;

 private:
  std::vector<std::pair<std::string, Make>> makers_;
};

// k8s:///etc/config: a directory of files, as Kubernetes mounts a ConfigMap or a Secret. A file whose suffix
// is that of a format is a document; any other is one value, whose key is the file's name
// ("redis.0.password"). Parameters: secret=true hides all of it, prefix=redis.0 puts it below that key.
[[nodiscard]] std::unique_ptr<DataSource> make_directory_source(const Address& address);

}  // namespace ngo::config
