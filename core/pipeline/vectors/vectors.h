#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "integer/replay.h"

namespace xquant::pipeline {

/// Test vectors of one run, for bringing up a chip: what every int8 operator read and wrote.
///
///   inputs/, tensors/, outputs/   .npy, inputs and outputs of the model and every 8-bit tensor
///   vectors.bin, vectors.h        the same and the weights, with one entry for each library call
///   replay.c                      repeats every call with core/int8 alone and compares the bytes
///   manifest.json                 files with shape, type and SHA-256; the steps in their order
class VectorWriter {
 public:
  VectorWriter(std::string model, const integer::Lowered& lowered);

  void add_input(const std::string& name, const Tensor& tensor) { add_npy("inputs", name, tensor); }
  void add_output(const std::string& name, const Tensor& tensor) {
    add_npy("outputs", name, tensor);
  }
  /// What an operator wrote, once however many steps read it; its place in vectors.bin.
  std::size_t add_tensor(const std::string& name, const Tensor& tensor);
  /// In the order of execution.
  void add_island(const integer::Island& island, std::span<const Tensor> inputs,
                  const Tensor& output);

  /// Path below the folder -> content.
  std::map<std::string, std::string> finish();

 private:
  struct Entry {
    std::string file, name, type, shape, hash;
  };
  std::string add_npy(const std::string& folder, const std::string& name, const Tensor& tensor);
  std::size_t add_bytes(std::span<const char> bytes);
  std::string manifest() const;

  std::string model_;
  const integer::Lowered& lowered_;
  std::map<std::string, std::string> files_;
  std::map<std::string, std::size_t> offsets_;  ///< of tensors in vectors.bin, by name
  std::vector<Entry> entries_;
  std::vector<std::string> steps_;  ///< of the table in vectors.h
  std::vector<std::string> step_names_;
  std::string data_;
};

}  // namespace xquant::pipeline
