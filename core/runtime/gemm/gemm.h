#pragma once

#include <cstddef>
#include <span>

#include "runtime/aligned_buffer.h"
#include "runtime/bounds.h"

namespace xquant::runtime::gemm {

/// A matrix in memory: element (i, j) is data[i * row_stride + j * column_stride].
struct Matrix {
  const float* data;
  std::size_t rows;
  std::size_t columns;
  std::size_t row_stride;
  std::size_t column_stride;
};

/// Panels of 4 rows, each [k][row]; the last panel has the rows that are left. Needs rows * columns
/// floats.
void pack_rows(const Matrix& a, float* packed);

/// The right-hand matrix [k][n] as tiles want it: panels of tile_columns() columns.
class PanelSource {
 public:
  virtual ~PanelSource() = default;
  /// Writes rows [k0, k0 + kc) of columns [j0, j0 + columns) as [kc][tile_columns()]. Columns
  /// beyond are padding whose value does not matter, but they have to be written.
  virtual void pack(std::size_t k0, std::size_t kc, std::size_t j0, std::size_t columns,
                    float* panel) const = 0;
};

/// A matrix as a source of panels.
class MatrixPanels final : public PanelSource {
 public:
  explicit MatrixPanels(const Matrix& b) : b_(b) {}
  void pack(std::size_t k0, std::size_t kc, std::size_t j0, std::size_t columns,
            float* panel) const override;

 private:
  Matrix b_;
};

/// Larger constant matrices are not packed once but panel by panel whenever they are used: a second
/// copy of the first fully connected layer of a VGG is 411 MB, and packing one panel costs little
/// beside reading it from memory.
inline constexpr std::size_t kLargestPacking = std::size_t{32} << 20;  // bytes

/// A right-hand matrix packed once: all of K for each panel.
class PackedColumns {
 public:
  PackedColumns() = default;
  explicit PackedColumns(const Matrix& b);
  /// The panel that starts at column j0 (a multiple of tile_columns()), from row k0 on.
  const float* panel(std::size_t j0, std::size_t k0) const;
  std::size_t bytes() const { return data_.size(); }

 private:
  AlignedBuffer data_;
  std::size_t k_ = 0;
};

/// C[m][n] = A * B (+ bias of each row). The sum over K is strictly sequential for every element of
/// C, whatever the blocks and vectors are, so the bits are those of three plain loops:
///   float s = 0; for (k...) s = s + a[i][k] * b[k][j];
///   c[i][j] = bounded(bias ? s + bias[i] : s);
struct Product {
  std::size_t m, n, k;
  const float* a;  ///< as pack_rows() leaves it
  float* c;
  std::size_t ldc;                  ///< distance of rows in c, >= n
  const float* row_bias = nullptr;  ///< [m]
  Bounds bounds{};                  ///< of what comes out
};

/// Rows [i0, i1) and columns [j0, j1) of C; i0 is a multiple of kTileRows, j0 of tile_columns().
struct Part {
  std::size_t i0, i1, j0, j1;
};

/// C cut into parts that threads can compute on their own.
class Partition {
 public:
  Partition(std::size_t m, std::size_t n, int workers);
  std::size_t count() const { return down_ * across_; }
  Part at(std::size_t index) const;

 private:
  std::size_t m_, n_, rows_, columns_, down_, across_;
};

/// Floats of scratch memory that multiply() with a PanelSource needs.
std::size_t scratch_floats(std::size_t n, std::size_t k);
void multiply(const Product& product, const PanelSource& b, const Part& part,
              std::span<float> scratch);

/// The same for a packed right-hand side; scratch holds one tile.
std::size_t tile_scratch_floats();
void multiply(const Product& product, const PackedColumns& b, const Part& part,
              std::span<float> scratch);

/// All of C.
template <typename Source>
void multiply(const Product& product, const Source& b, std::span<float> scratch) {
  multiply(product, b, Part{0, product.m, 0, product.n}, scratch);
}

}  // namespace xquant::runtime::gemm
