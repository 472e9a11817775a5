#include "config_command.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/config/command_line.hpp"
#include "ngo/config/encryption.hpp"
#include "ngo/config/explain.hpp"
#include "ngo/config/yaml.hpp"

namespace ngo::cli {
namespace {

using Arguments = std::vector<std::string>;

constexpr const char* kHelp = R"(usage: ngo config COMMAND ...

  check SERVICE [FLAGS]            report all mistakes in a configuration; exit code 1 when there are any
  show SERVICE [FLAGS]             print it, merged, with the source of each value
  explain KEY SERVICE [FLAGS]      tell where a value comes from, its default, and what it may be
  schema SERVICE                   print JSON Schema: editors complete app.yaml with it
  diff SERVICE [FLAGS] -- [FLAGS]  what the second set of flags changes; secrets are not compared
  encrypt                          read a secret from the standard input and print "${enc:...}" for a file; the
                                   key comes from NGO_CONFIG_KEY, or the file that NGO_CONFIG_KEY_FILE names
  encrypt --new-key                print a new key

SERVICE is the program, FLAGS are its own: -c FILE, -d DIR, -p PROFILE, --set KEY=VALUE. For example:

  ngo config explain httpServer.port ./tour -c app.yaml -p prod
)";

int wrong_use(const std::string& message) {
  std::fprintf(stderr, "%s\n%s", message.c_str(), kHelp);
  return config::kUsageError;
}

[[noreturn]] void become(const Arguments& command) {
  std::vector<char*> arguments;
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  std::fprintf(stderr, "cannot start ");
  std::perror(arguments[0]);
  _exit(127);
}

// What the program prints; nothing when it failed, and then it has said why.
std::optional<std::string> output_of(const Arguments& command) {
  int ends[2];
  if (pipe(ends) != 0) return std::nullopt;
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    become(command);
  }
  close(ends[1]);
  std::string out;
  char block[4096];
  for (ssize_t n = 0; child > 0 && (n = read(ends[0], block, sizeof(block))) > 0;)
    out.append(block, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 1;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return std::nullopt;
  return out;
}

// `command` is the program with its flags; the flag goes before them.
Arguments with_flag(Arguments command, std::vector<std::string> flag) {
  command.insert(command.begin() + 1, std::make_move_iterator(flag.begin()),
                 std::make_move_iterator(flag.end()));
  return command;
}

// The values of what --print-config prints. A mask is no YAML until it stands in quotes.
std::vector<config::Origin> values_of(std::string text) {
  for (std::size_t at = 0; (at = text.find(" ***  #", at)) != std::string::npos; at += 7) {
    text.replace(at, 4, " '***'");
  }
  config::Report report;
  return config::origins_of(config::parse_yaml(text, "", report));
}

const config::Origin* find(const std::vector<config::Origin>& values, const std::string& key) {
  for (const config::Origin& each : values) {
    if (each.key == key) return &each;
  }
  return nullptr;
}

int diff(const Arguments& arguments) {
  std::size_t middle = 0;
  while (middle < arguments.size() && arguments[middle] != "--") ++middle;
  if (arguments.empty() || middle == arguments.size() || middle == 0)
    return wrong_use("ngo config diff: expected SERVICE [FLAGS] -- [FLAGS]");
  const Arguments first(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(middle));
  Arguments second(arguments.begin() + static_cast<std::ptrdiff_t>(middle), arguments.end());
  second[0] = arguments[0];
  const std::optional<std::string> before_text = output_of(with_flag(first, {"--print-config"}));
  const std::optional<std::string> after_text = output_of(with_flag(second, {"--print-config"}));
  if (!before_text || !after_text) return config::kStartError;
  const auto before = values_of(*before_text);
  const auto after = values_of(*after_text);
  for (const config::Origin& each : before) {
    const config::Origin* const other = find(after, each.key);
    if (other == nullptr) {
      std::printf("- %s: %s\n", each.key.c_str(), each.value.c_str());
    } else if (other->value != each.value) {
      std::printf("~ %s: %s -> %s\n", each.key.c_str(), each.value.c_str(), other->value.c_str());
    }
  }
  for (const config::Origin& each : after) {
    if (find(before, each.key) == nullptr) std::printf("+ %s: %s\n", each.key.c_str(), each.value.c_str());
  }
  return 0;
}

int encrypt(const Arguments& arguments) {
  if (arguments.size() == 1 && arguments[0] == "--new-key") {
    std::printf("%s\n", config::EncryptionKey::generate().to_text().c_str());
    return 0;
  }
  if (!arguments.empty())
    return wrong_use(
        "ngo config encrypt: the secret comes from the standard input, where no list of processes shows it");
  const auto key = config::EncryptionKey::from_environment(config::Environment::of_process());
  if (!key) {
    std::fprintf(stderr,
                 "there is no key: set NGO_CONFIG_KEY or NGO_CONFIG_KEY_FILE; \"ngo config encrypt "
                 "--new-key\" makes one\n");
    return config::kStartError;
  }
  std::string text((std::istreambuf_iterator<char>(std::cin)), {});
  if (text.ends_with('\n')) text.pop_back();
  std::printf("%s\n", key->encrypt(text).c_str());
  return 0;
}

}  // namespace

int config_command(const Arguments& arguments) {
  if (arguments.empty()) return wrong_use("ngo config: a command is missing");
  const std::string& command = arguments[0];
  const Arguments rest(arguments.begin() + 1, arguments.end());
  try {
    if (command == "help" || command == "--help" || command == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (command == "encrypt") return encrypt(rest);
    if (command == "diff") return diff(rest);
    if (command == "explain") {
      if (rest.size() < 2) return wrong_use("ngo config explain: expected KEY SERVICE [FLAGS]");
      become(with_flag(Arguments(rest.begin() + 1, rest.end()), {"--explain-config", rest[0]}));
    }
    for (const auto& [name, flag] : {std::pair<const char*, const char*>("check", "--check-config"),
                                     {"show", "--print-config"},
                                     {"schema", "--print-config-schema"}}) {
      if (command != name) continue;
      if (rest.empty()) return wrong_use("ngo config " + command + ": expected SERVICE [FLAGS]");
      become(with_flag(rest, {flag}));
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.message().c_str());
    return config::kStartError;
  }
  Nearest nearest(command);
  for (const char* known : {"check", "show", "explain", "schema", "diff", "encrypt"}) nearest.offer(known);
  return wrong_use("ngo config: there is no command " + in_quotes(command) +
                   (nearest.best().empty() ? "" : "; did you mean " + in_quotes(nearest.best()) + "?"));
}

}  // namespace ngo::cli
