#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "integer/replay.h"
#include "pipeline/vectors/c_initializer.h"

namespace xquant::pipeline {

/// Test vectors of one run, for bringing up a chip: what every int8 operator read and wrote.
///
///   inputs/, tensors/, outputs/   .npy, inputs and outputs of the model and every quantized tensor
///   vectors.bin, vectors.h        the same and the weights, with one entry for each library call
///   replay.c                      repeats every call with core/int8 alone and compares the bytes
///   manifest.json                 files with shape, type and SHA-256; the steps in their order;
///                                 quantized tensors that none of them computes
class VectorWriter {
 public:
  VectorWriter(std::string model, const integer::Lowered& lowered,
               const runtime::OpsetImports& opsets);

  void add_input(const std::string& name, const Tensor& tensor) { add_npy("inputs", name, tensor); }
  void add_output(const std::string& name, const Tensor& tensor) {
    add_npy("outputs", name, tensor);
  }
  /// What an operator wrote, once however many steps read it; its place in vectors.bin.
  std::size_t add_tensor(const std::string& name, const Tensor& tensor);
  /// The calls behind islands, operators that move quantized elements and QuantizeLinear. value:
  /// what the run computed under a name. in_float: results of islands that ran in float.
  void add_steps(const std::function<const Tensor&(const std::string&)>& value,
                 const std::set<std::string>& in_float);

  /// Path below the folder -> content.
  std::map<std::string, std::string> finish();

 private:
  struct Entry {
    std::string file, name, type, shape, hash;
    bool is_coded = false;  ///< quantized
  };
  using Values = std::function<const Tensor&(const std::string&)>;
  void add_island(const integer::Island& island, const Values& value);
  void add_movement(const Node& node, const Values& value);
  StepOffsets offsets_of(const integer::kernels::ReplayStep& step);
  void add_step(const std::string& node, const integer::kernels::ReplayStep& step,
                StepOffsets offsets, const std::string& output, const Tensor& result);
  std::string add_npy(const std::string& folder, const std::string& name, const Tensor& tensor);
  std::size_t add_bytes(std::span<const char> bytes);
  std::string manifest() const;

  std::string model_;
  const integer::Lowered& lowered_;
  const runtime::OpsetImports& opsets_;
  std::map<std::string, std::string> files_;
  std::map<std::string, std::size_t> offsets_;  ///< of tensors in vectors.bin, by name
  std::vector<Entry> entries_;
  std::vector<std::string> steps_;  ///< of the table in vectors.h
  std::vector<std::string> step_names_;
  std::set<std::string> computed_;  ///< by a step
  std::string data_;
};

}  // namespace xquant::pipeline
