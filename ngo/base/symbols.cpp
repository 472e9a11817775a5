// Reads the ELF symbol tables of the mapped files, when a stack is to be described and not before.
#include "ngo/base/symbol_names.hpp"
#include "ngo/base/symbols_impl.hpp"

#include <cxxabi.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace ngo::detail {
namespace {

// A file that is mapped into this process, and where.
struct Module {
  std::uintptr_t address;   // looked for
  std::uintptr_t base = 0;  // what its own addresses are shifted by
  std::string path;
  bool found = false;
};

int visit_module(dl_phdr_info* info, std::size_t, void* argument) {
  auto& module = *static_cast<Module*>(argument);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    if (module.address < begin || module.address - begin >= segment.p_memsz) continue;
    module.base = info->dlpi_addr;
    module.path = info->dlpi_name;
    module.found = true;
    return 1;
  }
  return 0;
}

class MappedFile {
 public:
  explicit MappedFile(const char* path) {
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    struct stat status{};
    if (fstat(descriptor, &status) == 0 && status.st_size > 0) {
      const auto size = static_cast<std::size_t>(status.st_size);
      void* at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
      if (at != MAP_FAILED) bytes_ = {static_cast<const char*>(at), size};
    }
    close(descriptor);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() {
    if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  }

  // `count` objects of type T at `offset`; nullptr when they are not inside the file.
  template <class T>
  [[nodiscard]] const T* at(std::uint64_t offset, std::uint64_t count = 1) const noexcept {
    if (offset > bytes_.size() || count > (bytes_.size() - offset) / sizeof(T)) return nullptr;
    if (offset % alignof(T) != 0) return nullptr;
    return reinterpret_cast<const T*>(bytes_.data() + offset);
  }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  std::string_view bytes_;
};

struct Symbol {
  std::string name;
  std::uintptr_t offset = 0;  // of the address inside the function
};

// Looks through one symbol table for the function at `address` (as the file counts). Empty name: none.
Symbol find_in_table(const MappedFile& file, const ElfW(Shdr) & table, const ElfW(Shdr) & names,
                     std::uintptr_t address) {
  const std::uint64_t count = table.sh_size / sizeof(ElfW(Sym));
  const auto* symbols = file.at<ElfW(Sym)>(table.sh_offset, count);
  const auto* strings = file.at<char>(names.sh_offset, names.sh_size);
  if (symbols == nullptr || strings == nullptr) return {};
  for (std::uint64_t i = 0; i < count; ++i) {
    const ElfW(Sym)& symbol = symbols[i];
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
    if (address < symbol.st_value || address - symbol.st_value >= symbol.st_size) continue;
    if (symbol.st_name >= names.sh_size) continue;
    const char* name = strings + symbol.st_name;
    return {std::string(name, strnlen(name, names.sh_size - symbol.st_name)), address - symbol.st_value};
  }
  return {};
}

Symbol find_function(const char* path, std::uintptr_t address) {
  MappedFile file(path);
  const auto* header = file.at<ElfW(Ehdr)>(0);
  if (header == nullptr || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return {};
  const auto* sections = file.at<ElfW(Shdr)>(header->e_shoff, header->e_shnum);
  if (sections == nullptr) return {};
  // The full table has local functions too; a stripped library still has the one of what it exports.
  for (const std::uint32_t wanted : {SHT_SYMTAB, SHT_DYNSYM}) {
    for (int i = 0; i < header->e_shnum; ++i) {
      if (sections[i].sh_type != wanted || sections[i].sh_link >= header->e_shnum) continue;
      Symbol symbol = find_in_table(file, sections[i], sections[sections[i].sh_link], address);
      if (!symbol.name.empty()) return symbol;
    }
  }
  return {};
}

std::string demangle(const std::string& name) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  if (status != 0 || demangled == nullptr) return name;
  std::string readable = demangled.get();
  // The compilers' parts of one function: "f() [clone .resume]" is the body of the coroutine f().
  while (readable.ends_with(']')) {
    const std::size_t clone = readable.rfind(" [clone ");
    if (clone == std::string::npos) break;
    readable.resize(clone);
  }
  return readable;
}

std::string hex(std::uintptr_t number) {
  char digits[2 * sizeof number + 1];
  char* at = digits + sizeof digits;
  do {
    *--at = "0123456789abcdef"[number % 16];
    number /= 16;
  } while (number != 0);
  return "0x" + std::string(at, digits + sizeof digits);
}

}  // namespace

std::string describe_address(const void* address, bool exact) {
  const auto number = reinterpret_cast<std::uintptr_t>(address);
  const std::uintptr_t meant = exact || number == 0 ? number : number - 1;
  Module module{meant, 0, {}, false};
  dl_iterate_phdr(&visit_module, &module);
  if (!module.found) return hex(number);

  // The program itself has no name here.
  const char* path = module.path.empty() ? "/proc/self/exe" : module.path.c_str();
  std::string file = module.path;
  if (file.empty()) {
    char target[4096];
    const ssize_t length = readlink(path, target, sizeof target);
    if (length > 0) file.assign(target, static_cast<std::size_t>(length));
  }
  if (const std::size_t slash = file.rfind('/'); slash != std::string::npos) file.erase(0, slash + 1);

  const Symbol symbol = find_function(path, meant - module.base);
  if (symbol.name.empty()) return hex(number) + " (" + file + "+" + hex(number - module.base) + ")";
  return demangle(symbol.name) + "+" + hex(symbol.offset + (number - meant)) + " (" + file + ")";
}

}  // namespace ngo::detail

namespace ngo {

std::string function_at(const void* address, bool returned_to) {
  return detail::describe_address(address, !returned_to);
}

std::string function_name_at(const void* address, bool returned_to) {
  std::string text = function_at(address, returned_to);
  const std::size_t offset = text.rfind("+0x");
  const std::size_t file = text.rfind(" (");
  // "0x7f12 (file+0x12)" has its offset in the brackets.
  if (offset == std::string::npos || file == std::string::npos || offset > file) return {};
  text.resize(offset);
  return text;
}

std::string readable_name(const std::type_info& type) { return detail::demangle(type.name()); }

}  // namespace ngo
