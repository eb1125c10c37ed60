#include "int8/fuzz/fuzz_case.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;

struct Pool : CaseMaker {
  void pool(Operator op) {
    c.op = op;
    if (op == Operator::kAveragePool) add(source.between(XQ_COUNT_INSIDE, XQ_COUNT_PADDED));
    if (op == Operator::kLpPool) add(source.between(1, 5));
    const int32_t planes = source.between(1, 3), rank = source.between(1, 3);
    add(planes);
    int32_t fields[7][3];
    size_t image = 1;
    for (int d = 0; d < 3; ++d) {
      const bool used = d >= 3 - rank;
      const int32_t kernel = used ? source.between(1, 4) : 1;
      const int32_t stride = used ? source.between(1, 3) : 1;
      const int32_t dilation = used ? source.between(1, 2) : 1;
      const int32_t reach = (kernel - 1) * dilation + 1;
      const int32_t begin = used ? source.between(0, 2) : 0, end = used ? source.between(0, 2) : 0;
      const int32_t in = used ? reach + source.between(0, d == 2 ? 80 : 6) : 1;
      const int32_t room = in + begin + end - reach;
      const bool ceiled = room % stride != 0 && source.between(0, 1) == 0;
      const int32_t all[7] = {in, room / stride + (ceiled ? 2 : 1), kernel, stride, dilation, begin,
                              end};
      for (int f = 0; f < 7; ++f) fields[f][d] = all[f];
      image *= static_cast<size_t>(in);
    }
    for (const auto& field : fields) {
      for (const int32_t v : field) add(v);
    }
    const xq_type x = two_quants();
    codes(static_cast<size_t>(planes) * image, x);
  }

  void reduce() {
    c.op = Operator::kReduce;
    add(source.between(XQ_REDUCE_SUM, XQ_REDUCE_LOG_SUM_EXP));
    const int32_t length = source.between(1, 100), inner = source.between(1, 70);
    for (const int32_t v : {2, length, inner}) add(v);
    const xq_type x = two_quants();
    codes(static_cast<size_t>(2 * length * inner), x);
  }

  void sample() {
    c.op = Operator::kSample;
    const int32_t planes = source.between(1, 3), elements = source.between(1, 60);
    std::vector<int64_t> start(static_cast<size_t>(source.between(1, 300)) + 1, 0);
    for (size_t o = 1; o < start.size(); ++o) start[o] = start[o - 1] + source.between(0, 5);
    for (const int32_t v : {planes, elements, static_cast<int32_t>(start.size()) - 1}) add(v);
    add(start.back());
    add(source.between(0, 1));
    const xq_type x = two_quants();
    codes(static_cast<size_t>(planes * elements), x);
    std::vector<int64_t> index(static_cast<size_t>(start.back()));
    for (int64_t& v : index) v = source.between(0, elements - 1);
    std::vector<double> weight(index.size());
    for (double& v : weight) v = static_cast<double>(source.positive(-4, 2)) - 1.0;
    c.inputs.push_back(bytes_of(start));
    c.inputs.push_back(bytes_of(index));
    c.inputs.push_back(bytes_of(weight));
  }

  void cumsum() {
    c.op = Operator::kCumSum;
    const int32_t length = source.between(1, 300), inner = source.between(1, 4);
    const int32_t exclusive = source.between(0, 1), reverse = source.between(0, 1);
    for (const int32_t v : {2, length, inner, exclusive, reverse}) add(v);
    const xq_type x = two_quants();
    codes(static_cast<size_t>(2 * length * inner), x);
  }

  void resize(bool linear) {
    c.op = linear ? Operator::kResizeLinear : Operator::kResizeNearest;
    const int32_t height = source.between(1, 9), width = source.between(1, 40);
    for (const int32_t v : {2, height, width, source.between(1, 20), source.between(1, 80)}) add(v);
    add(source.between(XQ_HALF_PIXEL, XQ_ASYMMETRIC));
    xq_type x = XQ_S8;
    if (linear) {
      x = two_quants();
    } else {
      add(source.between(XQ_ROUND_PREFER_FLOOR, XQ_CEIL));
      add(x = type());
    }
    codes(static_cast<size_t>(2 * height * width), x);
  }

  void resize_separable() {
    c.op = Operator::kResizeSeparable;
    add(source.between(XQ_FILTER_LINEAR, XQ_FILTER_CUBIC));
    add(static_cast<int32_t>(std::bit_cast<uint32_t>(-source.positive(-2, 1))));
    add(source.between(0, 1));
    add(source.between(0, 1));
    const int32_t in[3] = {source.between(1, 4), source.between(1, 7), source.between(1, 30)};
    add(3);
    for (const int32_t n : in) add(n);
    add(3);
    for (const int32_t n : in) add(source.between(0, 2) == 0 ? n : source.between(1, 20));
    add(source.between(XQ_HALF_PIXEL, XQ_ASYMMETRIC));
    const xq_type x = two_quants();
    codes(static_cast<size_t>(in[0] * in[1] * in[2]), x);
  }

 private:
  // Equal ones as well: then codes are compared or moved as they are.
  xq_type two_quants() {
    const size_t first = c.parameters.size();
    const xq_type x = quant();
    if (source.between(0, 2) == 0) {
      const std::vector<int32_t> copy(c.parameters.begin() + static_cast<ptrdiff_t>(first),
                                      c.parameters.end());
      c.parameters.insert(c.parameters.end(), copy.begin(), copy.end());
    } else {
      quant();
    }
    return x;
  }
};

}  // namespace

int8::VectorCase fuzz_pool(ByteSource& source) {
  Pool maker{{source}};
  switch (source.between(0, 8)) {
    case 0:
      maker.pool(Operator::kMaxPool);
      break;
    case 1:
      maker.pool(Operator::kAveragePool);
      break;
    case 3:
      maker.pool(Operator::kLpPool);
      break;
    case 2:
      maker.reduce();
      break;
    case 4:
      maker.resize_separable();
      break;
    case 5:
      maker.cumsum();
      break;
    case 6:
      maker.sample();
      break;
    default:
      maker.resize(source.between(0, 1) == 0);
      break;
  }
  return maker.c;
}

}  // namespace xquant::int8_test
