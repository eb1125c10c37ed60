#include "int8/golden/parameters.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;
using int8::VectorCase;

void add_concats(std::vector<VectorCase>& cases) {
  Random random(150);
  for (int32_t i = 0; i < 20; ++i) {
    const int32_t count = random.between(1, 4), outer = random.between(1, 3);
    const int32_t inner = random.between(1, 40);
    const xq_quant y = any_quant(random, any_type(random), -6, -4);
    Parameters p;
    p.add_all({count, outer, inner}).add_quant(y);
    VectorCase c{Operator::kConcat, "inputs " + std::to_string(count), {}, {}, {}};
    for (int32_t k = 0; k < count; ++k) {
      const int32_t length = random.between(0, 5);
      const xq_quant x =
          random.between(0, 2) == 0 ? y : any_quant(random, any_type(random), -6, -4);
      p.add(length).add_quant(x);
      c.inputs.push_back(codes(random, elements({outer, length, inner}), x.type));
    }
    c.parameters = p.values();
    cases.push_back(c);
  }
}

// Transposed in every order, then cut out backwards, then repeated.
void add_moves(std::vector<VectorCase>& cases) {
  Random random(151);
  const std::vector<int32_t> orders[] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  const std::vector<int32_t> dims = {3, 4, 17}, stride = {68, 17, 1};
  const auto add = [&](const std::string& name, int32_t offset, const std::vector<int32_t>& shape,
                       const std::vector<int32_t>& strides) {
    const xq_type type = any_type(random);
    Parameters p;
    p.add(type).add(204).add(offset).add_shape(shape).add_all(strides);
    cases.push_back({Operator::kMove, name, p.values(), {codes(random, 204, type)}, {}});
  };
  for (const auto& order : orders) {
    std::vector<int32_t> shape, strides;
    for (const int32_t d : order) {
      shape.push_back(dims[static_cast<size_t>(d)]);
      strides.push_back(stride[static_cast<size_t>(d)]);
    }
    add("transpose", 0, shape, strides);
  }
  for (int32_t n = 1; n <= 33; n += 4) {
    add("backwards", 203, {2, n}, {-68, -1});
    add("repeated", 5, {3, n, 2}, {68, 0, 1});
    add("every third", 2, {2, n}, {68, 3});
  }
}

void add_gathers(std::vector<VectorCase>& cases) {
  Random random(152);
  for (int32_t i = 0; i < 10; ++i) {
    const int32_t length = random.between(1, 6), count = random.between(0, 9);
    const std::vector<int32_t> shape = {2, length, 1 + i};
    const xq_type type = any_type(random);
    std::vector<int64_t> index;
    for (int32_t k = 0; k < count; ++k) index.push_back(random.between(-length, length - 1));
    Parameters p;
    p.add_all(shape).add(count).add(type);
    cases.push_back({Operator::kGather,
                     "count " + std::to_string(count),
                     p.values(),
                     {codes(random, elements(shape), type), bytes_of(index)},
                     {}});
  }
}

void add_pads(std::vector<VectorCase>& cases) {
  Random random(153);
  for (int32_t i = 0; i < 60; ++i) {
    const int32_t mode = 1 + i % 4;
    const xq_type type = any_type(random);
    std::vector<int32_t> shape, begin, end;
    for (int32_t d = 0; d < 3; ++d) {
      const int32_t n = random.between(1, d == 2 ? 19 : 4);
      const int32_t low = mode == XQ_PAD_CONSTANT ? -(n - 1) / 2 : 0;
      const int32_t high = mode == XQ_PAD_REFLECT ? n - 1 : 4;
      shape.push_back(n);
      begin.push_back(random.between(low, high));
      end.push_back(random.between(low, high));
    }
    Parameters p;
    p.add(mode).add(xq_type_max(type) - i).add(type).add_shape(shape).add_all(begin).add_all(end);
    cases.push_back({Operator::kPad,
                     "mode " + std::to_string(mode),
                     p.values(),
                     {codes(random, elements(shape), type)},
                     {}});
  }
}

// Every operation, into data and among zeros, with equal mappings and others; some indices leave
// out.
void add_scatters(std::vector<VectorCase>& cases) {
  Random random(154);
  for (int32_t i = 0; i < 40; ++i) {
    const int32_t op = 1 + i % 5, runs = random.between(1, 9), inner = i % 3 == 0 ? 1 : 1 + i % 23;
    const int32_t count = random.between(0, 12), has_data = i / 5 % 2;
    const xq_quant y = any_quant(random, any_type(random), -6, -4);
    const bool is_copy = i % 4 == 1;
    const xq_quant data = is_copy ? y : any_quant(random, any_type(random), -6, -4);
    const xq_quant updates = is_copy ? y : any_quant(random, any_type(random), -6, -4);
    std::vector<int64_t> index;
    for (int32_t k = 0; k < count; ++k) index.push_back(random.between(-1, runs - 1));
    Parameters p;
    p.add(op).add(has_data).add_all({runs, inner, count});
    p.add_quant(data).add_quant(updates).add_quant(y);
    const size_t elements_of_data = has_data == 0 ? 0 : elements({runs, inner});
    cases.push_back({Operator::kScatter,
                     "operation " + std::to_string(op) + ", count " + std::to_string(count),
                     p.values(),
                     {codes(random, elements_of_data, data.type),
                      codes(random, elements({count, inner}), updates.type), bytes_of(index)},
                     {}});
  }
}

}  // namespace

void add_move_cases(std::vector<VectorCase>& cases) {
  add_concats(cases);
  add_moves(cases);
  add_gathers(cases);
  add_pads(cases);
  add_scatters(cases);
}

}  // namespace xquant::int8_test
