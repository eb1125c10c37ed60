#include "integer/program.h"

#include <algorithm>

#include "integer/kernels/kernels.h"
#include "runtime/kernel.h"

namespace xquant::integer {

std::shared_ptr<const runtime::Program> compile(const Lowered& lowered,
                                                const runtime::OpsetImports& opsets,
                                                runtime::CompileOptions options) {
  options.own_operators = kernels::find;
  options.own_names = [&](const Node& node) {
    const std::string& written = lowered.graph.value(node.output(0)).name;
    const auto island = std::ranges::find(lowered.islands, written, &Island::output);
    return island == lowered.islands.end()
               ? runtime::describe(node)
               : runtime::describe({.name = island->node, .op_type = island->op_type});
  };
  return runtime::Program::compile(lowered.graph, opsets, options);
}

std::shared_ptr<const runtime::Program> compile_reference(const Lowered& lowered,
                                                          const runtime::OpsetImports& opsets) {
  return runtime::Program::compile(lowered.reference, opsets);
}

}  // namespace xquant::integer
