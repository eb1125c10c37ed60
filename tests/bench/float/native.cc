// The native engine: reads one command a line, answers one line.
//   load <file>                       ok | error <text>
//   input <type> <file> <dim>...      ok
//   run <samples> <threads>           <seconds>; of the processor with one thread
//   report                            <JSON>
//   hash <threads>                    <hash>
//   profile <threads>                 <JSON>
//   shape <kind> <number>...          <GFLOP/s>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "bench/float/engine.h"

namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string status(int result) {
  return result < 0 ? std::string("error ") + engine_error() : "ok";
}

std::string answer(std::istream& in) {
  std::string command, path;
  in >> command;
  if (command == "load") {
    in >> path;
    const std::string bytes = contents(path);
    return status(engine_load(bytes.data(), bytes.size()));
  }
  if (command == "input") {
    int type = 0;
    in >> type >> path;
    const std::vector<std::int32_t> dims(std::istream_iterator<std::int32_t>(in), {});
    const std::string bytes = contents(path);
    return status(
        engine_input(type, dims.data(), static_cast<int>(dims.size()), bytes.data(), bytes.size()));
  }
  if (command == "run") {
    int samples = 0, threads = 0;
    in >> samples >> threads;
    const std::clock_t start = std::clock();
    double seconds = engine_run(samples, threads);
    if (threads == 1 && seconds >= 0)
      seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    return seconds < 0 ? status(-1) : std::to_string(seconds);
  }
  if (command == "report") return engine_report();
  if (command == "hash") {
    int threads = 1;
    in >> threads;
    return engine_hash(threads);
  }
  if (command == "profile") {
    int threads = 1;
    in >> threads;
    return engine_profile(threads);
  }
  std::string rest;
  std::getline(in >> std::ws, rest);
  const double rate = engine_shape(rest.c_str());
  return rate < 0 ? status(-1) : std::to_string(rate);
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream in(line);
    std::string text = answer(in);
    for (char& c : text) {
      if (c == '\n') c = ' ';
    }
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
  }
}
