#include "runtime/tensor_view.h"

#include <string>

namespace xquant::runtime {

void TensorView::wrong_type(DataType wanted, DataType got) {
  throw Error(ErrorKind::kInternal, "XQ-RT-900",
              "A tensor of type " + std::string(name(got)) + " was read as " +
                  std::string(name(wanted)) + ".");
}

TensorView view_of(const Tensor& tensor) {
  return {tensor.type(), tensor.shape(), tensor.bytes().data()};
}

Tensor copy_of(const TensorView& view) {
  const char* bytes = static_cast<const char*>(view.data);
  return Tensor(view.type, view.shape_copy(), std::string(bytes, bytes + view.byte_count()));
}

}  // namespace xquant::runtime
