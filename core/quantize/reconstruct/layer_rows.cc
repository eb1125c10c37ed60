#include "quantize/reconstruct/layer_rows.h"

namespace xquant::quantize {

std::vector<Rows> gather_rows(const Layer& layer, const QuantizedStream& stream,
                              const FloatReference& reference, std::size_t first,
                              const ForEach& by_sample, const ForEach& by_group) {
  const std::size_t groups = layer.groups(), outputs = layer.outputs();
  const std::size_t taken = (stream.samples() - first + 1) / 2;
  std::vector<std::vector<std::vector<float>>> gathered(taken);
  by_sample(static_cast<std::int64_t>(taken), [&](std::int64_t index) {
    const std::size_t sample = first + 2 * static_cast<std::size_t>(index);
    const FloatReference::Record& record = reference.at(layer, sample);
    const Tensor x = stream.operand(layer.node(), 0, sample);
    auto& mine = gathered[static_cast<std::size_t>(index)];
    mine.resize(groups);
    for (std::size_t g = 0; g < groups; ++g) {
      mine[g].reserve(record.positions.size() * layer.inputs());
      layer.gather_inputs(runtime::view_of(x), record.shape, record.positions, g, mine[g]);
    }
  });
  std::vector<Rows> all(groups);
  by_group(static_cast<std::int64_t>(groups), [&](std::int64_t index) {
    const auto g = static_cast<std::size_t>(index);
    Rows& rows = all[g];
    rows = {.inputs = layer.inputs(), .outputs = outputs, .x = {}, .y = {}};
    std::size_t count = 0;
    for (std::size_t i = 0; i < taken; ++i) {
      count += reference.at(layer, first + 2 * i).positions.size();
    }
    rows.x.reserve(count * layer.inputs());
    rows.y.reserve(count * outputs);
    for (std::size_t i = 0; i < taken; ++i) {
      const FloatReference::Record& record = reference.at(layer, first + 2 * i);
      rows.x.insert(rows.x.end(), gathered[i][g].begin(), gathered[i][g].end());
      gathered[i][g] = {};
      for (std::size_t p = 0; p < record.positions.size(); ++p) {
        const auto row =
            record.rows.begin() + static_cast<std::ptrdiff_t>(p * layer.channels() + g * outputs);
        rows.y.insert(rows.y.end(), row, row + static_cast<std::ptrdiff_t>(outputs));
      }
      rows.count += record.positions.size();
    }
  });
  return all;
}

}  // namespace xquant::quantize
