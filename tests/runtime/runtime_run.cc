// Runs a model on .npy inputs and writes its outputs as raw bytes.
//   runtime_run <model.onnx> <output folder> <input.npy>...
// Writes <output folder>/<i>.bin for output i; prints one line for each: type, then dimensions. The
// model runs twice, so that what is written comes from the planned arena and from fused operators.

#include <cstdio>
#include <fstream>

#include "base/files.h"
#include "data/npy.h"
#include "onnx/model_file.h"
#include "runtime/executor.h"

namespace xquant::runtime {
namespace {

void run(const std::string& model_path, const std::string& folder,
         const std::vector<std::string>& input_paths) {
  DiskFiles files;
  const Model model = onnx::load(model_path, files, onnx::Functions::kInline);
  std::vector<Tensor> inputs;
  for (const std::string& path : input_paths)
    inputs.push_back(data::read_npy(files.read(path), path));
  const CompileOptions unobserved{.observed = std::vector<ValueId>{}};
  Executor executor(Program::compile(model.graph, model.opset_imports, unobserved));
  executor.run(inputs);
  const std::vector<Tensor> outputs = executor.run(inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto bytes = outputs[i].bytes();
    std::ofstream file(folder + "/" + std::to_string(i) + ".bin", std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    std::printf("%s", std::string(name(outputs[i].type())).c_str());
    for (const std::int64_t dim : outputs[i].shape())
      std::printf(" %lld", static_cast<long long>(dim));
    std::printf("\n");
  }
  std::fprintf(stderr, "arena %zu bytes, scratch %zu bytes\n", executor.arena_bytes(),
               executor.scratch_bytes());
}

}  // namespace
}  // namespace xquant::runtime

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: runtime_run <model.onnx> <output folder> <input.npy>...\n");
    return 2;
  }
  try {
    xquant::runtime::run(argv[1], argv[2], {argv + 3, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
