#include "ngo/config/command_line.hpp"

#include <array>
#include <cstddef>
#include <optional>

#include "ngo/base/problem.hpp"

namespace ngo::config {
namespace {

enum class Flag {
  config,
  watch,
  directory,
  profile,
  set,
  help,
  version,
  check_config,
  print_config,
  print_config_schema,
  explain_config
};

struct Known {
  Flag flag;
  std::string_view short_name;
  std::string_view long_name;
  std::string_view value;  // what its value is called; empty: it has none
  std::string_view purpose;
};

constexpr std::array<Known, 11> kFlags = {{
    {Flag::config, "-c", "--config", "FILE",
     "a file, or SCHEME://ADDRESS; may be repeated; default: app.yaml, if it is there"},
    {Flag::directory, "-d", "--directory", "DIR", "the folder of the configuration file"},
    {Flag::profile, "-p", "--profile", "NAMES", "profiles that apply, such as test or eu,canary"},
    {Flag::set, "", "--set", "KEY=VALUE",
     "one value over the file's, such as httpServer.port=8081; may be repeated"},
    {Flag::watch, "-w", "--watch", "true|false", "follow changes of the configuration; default: false"},
    {Flag::check_config, "", "--check-config", "", "report all mistakes in the configuration and end"},
    {Flag::print_config, "", "--print-config", "",
     "print the configuration with the source of each value and end"},
    {Flag::explain_config, "", "--explain-config", "KEY",
     "tell where a key's value comes from and what it may be, and end"},
    {Flag::print_config_schema, "", "--print-config-schema", "",
     "print JSON Schema of the configuration, for editors, and end"},
    {Flag::help, "-h", "--help", "", "print this and end"},
    {Flag::version, "-v", "--version", "", "print the version and end"},
}};

const Known* find(std::string_view name) {
  for (const Known& known : kFlags) {
    if (name == known.long_name || (name == known.short_name && !name.empty())) return &known;
  }
  return nullptr;
}

class Reader {
 public:
  Reader(int argc, const char* const* argv) : arguments_(argv, argv + argc) {}

  CommandLine read() {
    if (!arguments_.empty()) {
      const std::string_view path = arguments_[0];
      out_.program = path.substr(path.rfind('/') + 1);
    }
    for (at_ = 1; at_ < arguments_.size(); ++at_) {
      if (arguments_[at_] == "--") {
        out_.rest.assign(arguments_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, arguments_.end());
        break;
      }
      argument(arguments_[at_]);
    }
    return std::move(out_);
  }

 private:
  void argument(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const Known* const known = text.starts_with('-') ? find(name) : nullptr;
    if (known == nullptr) return unknown(name);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = text.substr(equals + 1);
    if (known->flag == Flag::watch) return watch(value);
    if (known->value.empty()) {
      if (value) return mistake(name + " takes no value");
      return set(known->flag);
    }
    if (!value && at_ + 1 < arguments_.size()) value = arguments_[++at_];
    if (!value || value->empty())
      return mistake(name + " needs a value: " + name + " " + std::string(known->value));
    set(known->flag, std::move(*value));
  }

  void set(Flag flag) {
    out_.help |= flag == Flag::help;
    out_.version |= flag == Flag::version;
    out_.check_config |= flag == Flag::check_config;
    out_.print_config |= flag == Flag::print_config;
    out_.print_config_schema |= flag == Flag::print_config_schema;
  }

  void set(Flag flag, std::string value) {
    if (flag == Flag::set) {
      if (value.find('=') == std::string::npos)
        return mistake("--set " + value + ": expected --set KEY=VALUE");
      out_.settings.push_back(std::move(value));
      return;
    }
    if (flag == Flag::config) {
      out_.files.push_back(std::move(value));
      return;
    }
    const bool explains = flag == Flag::explain_config;
    std::string& target = explains                ? out_.explain_config
                          : flag == Flag::profile ? out_.profiles
                                                  : out_.directory;
    if (!target.empty())
      return mistake(std::string(explains                ? "--explain-config"
                                 : flag == Flag::profile ? "-p"
                                                         : "-d") +
                     " is given twice");
    target = std::move(value);
  }

  // Alone it means true; the original's form has a value.
  void watch(std::optional<std::string> value) {
    if (!value && at_ + 1 < arguments_.size() &&
        (arguments_[at_ + 1] == "true" || arguments_[at_ + 1] == "false")) {
      value = arguments_[++at_];
    }
    if (value && *value != "true" && *value != "false") {
      return mistake("-w takes true or false, not " + in_quotes(*value));
    }
    out_.watch = !value || *value == "true";
  }

  void unknown(const std::string& name) {
    if (!name.starts_with('-')) {
      return mistake("unexpected argument " + in_quotes(name) +
                     "; the program's own arguments go behind \"--\"");
    }
    Nearest nearest(name);
    for (const Known& known : kFlags) nearest.offer(known.long_name);
    mistake("unknown flag " + name +
            (nearest.best().empty() ? "" : "; did you mean " + std::string(nearest.best()) + "?"));
  }

  void mistake(std::string message) { out_.mistakes.push_back(std::move(message)); }

  std::vector<std::string> arguments_;
  std::size_t at_ = 0;
  CommandLine out_;
};

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) { return Reader(argc, argv).read(); }

std::string command_line_help(std::string_view program) {
  constexpr std::size_t kColumn = 28;
  std::string out = "Usage: " + std::string(program) + " [flags] [-- arguments of the program]\n\n";
  for (const Known& known : kFlags) {
    std::string line = known.short_name.empty() ? "      " : "  " + std::string(known.short_name) + ", ";
    line.append(known.long_name);
    if (!known.value.empty()) line.append(" ").append(known.value);
    if (line.size() < kColumn) line.append(kColumn - line.size(), ' ');
    out.append(line).append("  ").append(known.purpose).append("\n");
  }
  return out +
         "\nEnvironment variables NGO_SECTION__KEY set single values as well; --set wins over them, and they "
         "over the "
         "file.\n";
}

}  // namespace ngo::config
