#include "integer/program.h"

#include "integer/kernels/kernels.h"
#include "runtime/kernel.h"

namespace xquant::integer {

std::shared_ptr<const runtime::Program> compile(const Lowered& lowered,
                                                const runtime::OpsetImports& opsets,
                                                runtime::CompileOptions options) {
  options.own_operators = kernels::find;
  return runtime::Program::compile(lowered.graph, opsets, options);
}

std::shared_ptr<const runtime::Program> compile_reference(const Lowered& lowered,
                                                          const runtime::OpsetImports& opsets) {
  return runtime::Program::compile(lowered.reference, opsets);
}

}  // namespace xquant::integer
