#include "integer/kernels/places.h"

#include <algorithm>

#include "runtime/ops/columns.h"
#include "runtime/ops/indices.h"
#include "runtime/ops/unpooling.h"

namespace xquant::integer::kernels {
namespace {

using runtime::ops::Dims;
using runtime::ops::Walk;

/// Into data, or into zeros of a shape that an attribute holds.
class ScatterPlaces : public Places {
 public:
  explicit ScatterPlaces(const Node& node) : zeros_(node.ints_or(kPlaces, {})) {}

 protected:
  std::span<const std::int64_t> shape(const In& in) const {
    return in.data.present() ? in.data.shape : std::span<const std::int64_t>(zeros_);
  }

 private:
  std::vector<std::int64_t> zeros_;
};

class ElementPlaces final : public ScatterPlaces {
 public:
  explicit ElementPlaces(const Node& node) : ScatterPlaces(node), axis_(node.int_or("axis", 0)) {}

  Shape result(const In& in) const override {
    runtime::ops::require_index(in.indices);
    runtime::ops::require_within(in.indices, {in.moving.type, shape(in), nullptr}, axis(in));
    if (!std::ranges::equal(in.indices.shape, in.moving.shape))
      runtime::refuse("Indices and updates have different shapes.");
    return {shape(in).begin(), shape(in).end()};
  }

  void fill(const In& in, std::int64_t* index) const override {
    const std::size_t d = axis(in);
    const Dims strides = runtime::ops::strides_of(Dims(shape(in)));
    Walk<1> walk{Dims(in.indices.shape)};
    walk.strides = {strides};
    walk.strides[0][d] = 0;
    for (std::int64_t i = 0; i < in.indices.size(); ++i, walk.next())
      index[i] = walk.offsets[0] + runtime::ops::index_at(in.indices, i, shape(in)[d]) * strides[d];
  }

 private:
  std::size_t axis(const In& in) const {
    return runtime::ops::normal_axis(axis_, shape(in).size());
  }

  std::int64_t axis_;
};

class SlicePlaces final : public ScatterPlaces {
 public:
  using ScatterPlaces::ScatterPlaces;

  Shape result(const In& in) const override {
    const auto data = shape(in);
    runtime::ops::require_type(in.indices, DataType::kInt64);
    if (in.indices.rank() == 0 || depth(in) > data.size())
      runtime::refuse("The indices address more dimensions than the data has.");
    Shape expected(in.indices.shape.begin(), in.indices.shape.end() - 1);
    expected.insert(expected.end(), data.begin() + in.indices.shape.back(), data.end());
    if (!std::ranges::equal(in.moving.shape, expected))
      runtime::refuse("The updates have the shape " + to_string(in.moving.shape_copy()) +
                      " instead of " + to_string(expected) + ".");
    return {data.begin(), data.end()};
  }

  std::int64_t run(const In& in) const override {
    return Dims(shape(in)).product(depth(in), shape(in).size());
  }

  void fill(const In& in, std::int64_t* index) const override {
    const Dims data(shape(in));
    const std::int64_t rows = Dims(in.indices.shape).product(0, in.indices.rank() - 1);
    for (std::int64_t row = 0; row < rows; ++row) {
      index[row] = 0;
      for (std::size_t d = 0; d < depth(in); ++d) {
        const std::int64_t at = row * in.indices.shape.back() + static_cast<std::int64_t>(d);
        index[row] = index[row] * data[d] + runtime::ops::index_at(in.indices, at, data[d]);
      }
    }
  }

 private:
  static std::size_t depth(const In& in) {
    return static_cast<std::size_t>(in.indices.shape.back());
  }
};

class UnpoolPlaces final : public Places {
 public:
  explicit UnpoolPlaces(const Node& node) : places_(node), wanted_(node.ints_or(kPlaces, {})) {}

  Shape result(const In& in) const override {
    runtime::ops::require_type(in.indices, DataType::kInt64);
    if (!std::ranges::equal(in.moving.shape, in.indices.shape))
      runtime::refuse("Input and indices do not fit.");
    return places_.result(in.moving.shape, wanted_);
  }

  void fill(const In& in, std::int64_t* index) const override {
    places_.for_each_element(in.moving.shape, result(in), in.indices.as<std::int64_t>().data(),
                             [&](std::int64_t i, std::int64_t at) { index[i] = at; });
  }

 private:
  runtime::ops::Unpooling places_;
  std::vector<std::int64_t> wanted_;
};

class ColumnPlaces final : public Places {
 public:
  explicit ColumnPlaces(const Node& node) : columns_(node) {
    const std::vector<std::int64_t> both = node.ints_or(kPlaces, {});
    const auto middle = both.begin() + static_cast<std::ptrdiff_t>(both.size() / 2);
    geometry_ = columns_.geometry(std::vector<std::int64_t>(both.begin(), middle),
                                  std::vector<std::int64_t>(middle, both.end()));
  }

  Shape result(const In& in) const override {
    return runtime::ops::Columns::result(geometry_, in.moving.shape);
  }

  void fill(const In& in, std::int64_t* index) const override {
    const Shape images = result(in);
    for (std::int64_t plane = 0; plane < images[0] * images[1]; ++plane) {
      columns_.for_each_element(geometry_, [&](std::int64_t at) {
        *index++ = at < 0 ? -1 : plane * geometry_.image.size() + at;
      });
    }
  }

 private:
  runtime::ops::Columns columns_;
  runtime::ops::Columns::Geometry geometry_;
};

/// Each dimension cropped or padded around its middle; the odd element goes to the end.
class CenterPlaces final : public Places {
 public:
  explicit CenterPlaces(const Node& node)
      : wanted_(node.ints_or(kPlaces, {})),
        all_axes_(!node.has("axes")),
        axes_(node.ints_or("axes", {})) {}

  Shape result(const In& in) const override {
    Shape shape = in.moving.shape_copy();
    const std::size_t count = all_axes_ ? shape.size() : axes_.size();
    if (wanted_.size() != count) runtime::refuse("shape does not have one entry for each axis.");
    for (std::size_t i = 0; i < count; ++i)
      shape[all_axes_ ? i : runtime::ops::normal_axis(axes_[i], shape.size())] = wanted_[i];
    return shape;
  }

  void fill(const In& in, std::int64_t* index) const override {
    const Dims x(in.moving.shape), y(result(in));
    Walk<1> walk(x);
    for (std::int64_t i = 0; i < x.size(); ++i, walk.next()) {
      std::int64_t at = 0;
      for (std::size_t d = 0; d < x.rank && at >= 0; ++d) {
        const std::int64_t place =
            x[d] > y[d] ? walk.index()[d] - (x[d] - y[d]) / 2 : walk.index()[d] + (y[d] - x[d]) / 2;
        at = place < 0 || place >= y[d] ? -1 : at * y[d] + place;
      }
      index[i] = at;
    }
  }

 private:
  std::vector<std::int64_t> wanted_;
  bool all_axes_;
  std::vector<std::int64_t> axes_;
};

class TrianglePlaces final : public Places {
 public:
  explicit TrianglePlaces(const Node& node)
      : is_upper_(node.int_or("upper", 1) != 0), diagonal_(node.int_or(kPlaces, 0)) {}

  Shape result(const In& in) const override {
    if (in.moving.rank() < 2) runtime::refuse("Trilu takes matrices.");
    return in.moving.shape_copy();
  }

  void fill(const In& in, std::int64_t* index) const override {
    const std::int64_t rows = in.moving.shape[in.moving.rank() - 2],
                       columns = in.moving.shape.back();
    for (std::int64_t i = 0; i < in.moving.size(); ++i) {
      const std::int64_t distance = i % columns - i / columns % rows;
      index[i] = (is_upper_ ? distance >= diagonal_ : distance <= diagonal_) ? i : -1;
    }
  }

 private:
  bool is_upper_;
  std::int64_t diagonal_;
};

}  // namespace

std::unique_ptr<Places> places_of(const Node& node) {
  if (node.op_type == "ScatterElements") return std::make_unique<ElementPlaces>(node);
  if (node.op_type == "ScatterND") return std::make_unique<SlicePlaces>(node);
  if (node.op_type == "MaxUnpool") return std::make_unique<UnpoolPlaces>(node);
  if (node.op_type == "Col2Im") return std::make_unique<ColumnPlaces>(node);
  if (node.op_type == "CenterCropPad") return std::make_unique<CenterPlaces>(node);
  return std::make_unique<TrianglePlaces>(node);
}

}  // namespace xquant::integer::kernels
