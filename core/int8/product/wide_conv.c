/* Conv and ConvTranspose of 16 bits, one image at a time. */
#include "int8/product/conv.h"
#include "int8/product/grid.h"
#include "int8/product/wide_sums.h"
#include "int8/require.h"

static void multiply_conv(const void* shape, const xq_codes* x, const void* packed, int32_t* acc,
                          void* workspace) {
  xq_conv_s32(shape, x, packed, NULL, acc, workspace);
}

static void multiply_conv_transpose(const void* shape, const xq_codes* x, const void* packed,
                                    int32_t* acc, void* workspace) {
  xq_conv_transpose_s32(shape, x, packed, NULL, acc, workspace);
}

typedef struct convolution {
  xq_multiply product;
  size_t (*out)(const xq_conv*, size_t axis);
  size_t (*workspace_size)(const xq_conv*);
} convolution;

static const convolution kForward = {multiply_conv, xq_conv_out, xq_conv_workspace_size};
static const convolution kTransposed = {multiply_conv_transpose, xq_conv_transpose_out,
                                        xq_conv_transpose_workspace_size};

static xq_conv one_image(const xq_conv* conv) {
  xq_conv image = *conv;
  image.batch = 1;
  return image;
}

static size_t image_codes(const xq_conv* conv) { return conv->in_channels * xq_volume(conv->in); }

static size_t plane_of(const convolution* kind, const xq_conv* conv) {
  return kind->out(conv, 0) * kind->out(conv, 1) * kind->out(conv, 2);
}

static size_t conv_workspace_size(const convolution* kind, const xq_conv* conv) {
  XQ_REQUIRE(conv != NULL);
  const xq_conv image = one_image(conv);
  return xq_plane_bytes(image_codes(conv)) +
         xq_part_bytes(conv->out_channels * plane_of(kind, conv)) + kind->workspace_size(&image);
}

static void wide_conv(const convolution* kind, const xq_conv* conv, const xq_codes* x,
                      const xq_wide_weights* w, const int64_t* bias, const xq_wide_result* result,
                      void* workspace) {
  XQ_REQUIRE(conv != NULL && workspace != NULL && xq_is_aligned(workspace));
  xq_require_wide_operands(x, w, bias, conv->out_channels);
  xq_require_wide_result(result, conv->out_channels);
  const xq_kernels* kernels = xq_active();
  const xq_conv image = one_image(conv);
  const size_t codes = image_codes(conv);
  const size_t plane = plane_of(kind, conv);
  const size_t results = conv->out_channels * plane;
  uint8_t* room = workspace;
  int32_t* acc = (int32_t*)(room + xq_plane_bytes(codes));
  void* rest = (char*)acc + xq_part_bytes(results);
  for (size_t b = 0; b < conv->batch; ++b) {
    const xq_planes planes = xq_split_codes(x, b * codes, codes, room);
    const xq_wide_sums sums =
        xq_multiply_planes(kind->product, &image, &planes, w, acc, results, rest);
    for (size_t c = 0; c < conv->out_channels; ++c) {
      xq_emit_wide(kernels, &sums, c * plane, plane, c, XQ_SAME_CHANNEL, bias, result,
                   b * results + c * plane);
    }
  }
}

size_t xq_wide_conv_workspace_size(const xq_conv* conv) {
  return conv_workspace_size(&kForward, conv);
}

void xq_wide_conv(const xq_conv* conv, const xq_codes* x, const xq_wide_weights* w,
                  const int64_t* bias, const xq_wide_result* result, void* workspace) {
  wide_conv(&kForward, conv, x, w, bias, result, workspace);
}

size_t xq_wide_conv_transpose_workspace_size(const xq_conv* conv) {
  return conv_workspace_size(&kTransposed, conv);
}

void xq_wide_conv_transpose(const xq_conv* conv, const xq_codes* x, const xq_wide_weights* w,
                            const int64_t* bias, const xq_wide_result* result, void* workspace) {
  wide_conv(&kTransposed, conv, x, w, bias, result, workspace);
}
