#include "simplify/simplify.h"

#include <array>
#include <span>

#include "base/cancellation.h"
#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

constexpr std::array kNeeded = {
    &kConstantNode,        &kSequences, &kLayerNormalization, &kGelu,         &kHardSwish,
    &kLeakyRelu,           &kSoftmax,   &kBatchNormalization, &kSqueezedBias, &kChannelArithmetic,
    &kArithmeticBeforeConv};
constexpr std::array kAll = {&kConstantNode,
                             &kIdentity,
                             &kConstantFolding,
                             &kStaticShapes,
                             &kConstantCondition,
                             &kSequences,
                             &kNoOp,
                             &kConsecutiveShapes,
                             &kCommonSubexpression,
                             &kLayerNormalization,
                             &kGelu,
                             &kHardSwish,
                             &kLeakyRelu,
                             &kSoftmax,
                             &kBatchNormalization,
                             &kSqueezedBias,
                             &kChannelArithmetic,
                             &kArithmeticBeforeConv,
                             &kPadding};

std::span<const Rewrite* const> rewrites(Extent extent) {
  if (extent == Extent::kFull) return kAll;
  return kNeeded;
}

}  // namespace

std::vector<Applied> simplify(Graph& graph, const runtime::OpsetImports& opsets, Extent extent) {
  History nobody_asks;
  return simplify(graph, opsets, extent, nobody_asks);
}

std::vector<Applied> simplify(Graph& graph, const runtime::OpsetImports& opsets, Extent extent,
                              History& history) {
  const std::span<const Rewrite* const> list = rewrites(extent);
  std::vector<Applied> applied;
  for (const Rewrite* rewrite : list) applied.push_back({rewrite->name, 0});
  if (extent == Extent::kFull) graph.remove_dead();
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
      cancellation_point();
      const std::size_t times = list[i]->apply(graph, opsets);
      applied[i].times += times;
      changed = changed || times > 0;
      if (times > 0) history.note(graph, list[i]->name);
    }
  }
  if (extent == Extent::kFull) graph.remove_dead();
  std::erase_if(applied, [](const Applied& entry) { return entry.times == 0; });
  return applied;
}

}  // namespace xquant::simplify
