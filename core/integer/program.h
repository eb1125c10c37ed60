#pragma once

#include <memory>

#include "integer/lower.h"
#include "runtime/program.h"

namespace xquant::integer {

/// Compiles the lowered graph: int8 kernels for its islands, the runtime's for the rest, one arena.
/// To be run by runtime::Executor. Values in options are those of the lowered graph; its
/// own_operators and own_names are set here: messages name the operator of an island. Throws as
/// runtime::Program::compile does.
std::shared_ptr<const runtime::Program> compile(const Lowered& lowered,
                                                const runtime::OpsetImports& opsets,
                                                runtime::CompileOptions options = {});

/// Compiles what the integers stand for: the model in float arithmetic on dequantized values.
std::shared_ptr<const runtime::Program> compile_reference(const Lowered& lowered,
                                                          const runtime::OpsetImports& opsets);

}  // namespace xquant::integer
