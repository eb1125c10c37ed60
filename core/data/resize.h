#pragma once

#include "data/image.h"

namespace xquant::data {

/// Area averaging where the image shrinks along both axes; otherwise two-tap interpolation at the
/// positions that pixel areas imply. The same pixels as OpenCV's resize with INTER_AREA.
Image resize_area(const Image& image, int width, int height);

/// Antialiased triangle filter in two 8-bit passes, along rows first. The same pixels as Pillow's
/// resize with BILINEAR up to version 12; version 13 begins with the columns where they shrink much
/// more than the rows, which changes some bytes by 1.
Image resize_bilinear(const Image& image, int width, int height);

/// The rectangle of that size whose upper left corner is at (left, top). It must lie inside the
/// image.
Image crop(const Image& image, int left, int top, int width, int height);

}  // namespace xquant::data
