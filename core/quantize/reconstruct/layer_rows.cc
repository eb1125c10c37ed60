#include "quantize/reconstruct/layer_rows.h"

#include <algorithm>

namespace xquant::quantize {

std::vector<Rows> gather_rows(const Layer& layer, const QuantizedStream& stream,
                              const FloatReference& reference,
                              const std::vector<std::size_t>& samples, const ForEach& by_sample) {
  const std::size_t groups = layer.groups(), inputs = layer.inputs(), outputs = layer.outputs();
  std::vector<std::size_t> begins;
  std::size_t count = 0;
  for (const std::size_t sample : samples) {
    begins.push_back(count);
    count += reference.at(layer, sample).positions.size();
  }
  std::vector<Rows> all(groups);
  for (Rows& rows : all) {
    rows = {.count = count, .inputs = inputs, .outputs = outputs, .x = {}, .y = {}};
    rows.x.resize(count * inputs);
    rows.y.resize(count * outputs);
  }
  by_sample(static_cast<std::int64_t>(samples.size()), [&](std::int64_t index) {
    const std::size_t begin = begins[static_cast<std::size_t>(index)];
    const std::size_t sample = samples[static_cast<std::size_t>(index)];
    const FloatReference::Record& record = reference.at(layer, sample);
    std::vector<float*> to;
    for (Rows& rows : all) to.push_back(rows.x.data() + begin * inputs);
    const QuantizedStream::Stored x = stream.operand(layer.node(), 0, sample);
    layer.gather_inputs({runtime::view_of(x.tensor()), x.reals()}, record.shape, record.positions,
                        to);
    const float* row = record.rows.data();
    for (std::size_t p = begin; p < begin + record.positions.size(); ++p) {
      for (Rows& rows : all) {
        std::copy_n(row, outputs, rows.y.data() + p * outputs);
        row += outputs;
      }
    }
  });
  return all;
}

}  // namespace xquant::quantize
