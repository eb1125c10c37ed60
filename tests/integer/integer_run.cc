// Runs quantized models in integers on .npy inputs and writes their outputs as .npy.
//   integer_run <model.onnx> <output folder> <input.npy>...
// A line "model folder input..." on standard input does the same once more, so that a caller with
// many small models starts one process. Each model runs twice, so that what is written comes from
// the planned arena; prints how many operators ran in int8.

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/files.h"
#include "data/npy.h"
#include "integer/program.h"
#include "onnx/model_file.h"
#include "runtime/executor.h"

namespace xquant::integer {
namespace {

/// Raw bytes; the caller knows type and shape.
void write(const std::string& path, const Tensor& tensor) {
  std::ofstream file(path, std::ios::binary);
  file.write(tensor.bytes().data(), static_cast<std::streamsize>(tensor.bytes().size()));
}

void run(const std::vector<std::string>& arguments) {
  DiskFiles files;
  const Model model = onnx::load(arguments.at(0), files);
  std::vector<Tensor> inputs;
  for (std::size_t i = 2; i < arguments.size(); ++i)
    inputs.push_back(data::read_npy(files.read(arguments[i]), arguments[i]));
  const Lowered lowered = lower(model);
  runtime::Executor executor(compile(lowered, model.opset_imports));
  executor.run(inputs);
  const std::vector<Tensor> outputs = executor.run(inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    write(arguments.at(1) + "/" + std::to_string(i) + ".bin", outputs[i]);
  int in_int8 = 0;
  for (const Decision& decision : lowered.decisions)
    in_int8 += decision.execution != Execution::kFloat ? 1 : 0;
  std::printf("%d of %zu\n", in_int8, lowered.decisions.size());
  std::fflush(stdout);
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> list;
  for (std::string word; std::getline(stream, word, '\t');) list.push_back(word);
  return list;
}

}  // namespace
}  // namespace xquant::integer

int main(int argc, char** argv) {
  try {
    if (argc > 2) xquant::integer::run({argv + 1, argv + argc});
    if (argc > 1) return argc > 2 ? 0 : 2;
    for (std::string line; std::getline(std::cin, line);)
      xquant::integer::run(xquant::integer::words(line));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
