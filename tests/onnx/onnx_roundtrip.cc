// Reads a model and writes it again. usage: onnx_roundtrip [--compact] IN OUT
#include <cstdio>
#include <cstring>

#include "onnx/model_file.h"

namespace {

int run(int count, char** arguments) {
  const bool compact = count == 4 && std::strcmp(arguments[1], "--compact") == 0;
  if (count != 3 && !compact) {
    std::fputs("usage: onnx_roundtrip [--compact] IN OUT\n", stderr);
    return 2;
  }
  xquant::DiskFiles files;
  xquant::Model model = xquant::onnx::load(arguments[count - 2], files);
  if (compact) model.graph = model.graph.compact();
  std::FILE* out = std::fopen(arguments[count - 1], "wb");
  if (out == nullptr) {
    std::perror(arguments[count - 1]);
    return 1;
  }
  xquant::onnx::write(
      model, [out](std::string_view piece) { std::fwrite(piece.data(), 1, piece.size(), out); });
  return std::fclose(out) == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(count, arguments);
  } catch (const xquant::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
