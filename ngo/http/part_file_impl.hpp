// A file that an upload is written to: under a name of its own until it is complete. For multipart.cpp only;
// every function blocks.
#pragma once

#include <string>
#include <string_view>

namespace ngo::http {

class PartFile {
 public:
  // Creates a new file in the folder of `target`, called after it with something random behind. Throws
  // Error{internal}.
  [[nodiscard]] static PartFile beside(const std::string& target);
  // Creates a new file in that folder that only this user may read.
  [[nodiscard]] static PartFile temporary(const std::string& directory);

  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;
  // Removes the file unless it was handed over.
  ~PartFile();

  // Throws Error{resource_exhausted} when the disk is full, else Error{internal}.
  void write(std::string_view bytes);
  // Gives the file its name, replacing one that is there.
  void rename_to(const std::string& target);
  // Closes the file and leaves it to the caller.
  [[nodiscard]] std::string release();

 private:
  PartFile(int descriptor, std::string path) noexcept;
  void close();
  int descriptor_;
  std::string path_;  // empty: handed over
};

// Moves a file, by copying where it lies on another file system. Throws Error{internal}.
void move_file(const std::string& from, const std::string& to);
// $TMPDIR, else /tmp; or what the configuration says.
[[nodiscard]] std::string temporary_directory(const std::string& configured);

}  // namespace ngo::http
