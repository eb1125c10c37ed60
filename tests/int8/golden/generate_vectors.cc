// generate_vectors <folder>: writes vectors.bin and manifest.json, the same bytes on every
// platform.
#include <cstdio>
#include <string>

#include "int8/golden/golden_cases.h"

namespace {

bool write_file(const std::string& path, const void* data, size_t size) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  const bool written = std::fwrite(data, 1, size, file) == size;
  return std::fclose(file) == 0 && written;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: generate_vectors <folder>\n");
    return 2;
  }
  const std::string folder = argv[1];
  const auto cases = xquant::int8_test::golden_cases();
  const auto file = xquant::int8::write_vectors(cases);
  const std::string manifest = xquant::int8_test::golden_manifest(cases, file);
  if (!write_file(folder + "/vectors.bin", file.data(), file.size()) ||
      !write_file(folder + "/manifest.json", manifest.data(), manifest.size())) {
    std::fprintf(stderr, "generate_vectors: cannot write to %s\n", folder.c_str());
    return 1;
  }
  std::printf("%zu cases, %zu bytes\n", cases.size(), file.size());
  return 0;
}
