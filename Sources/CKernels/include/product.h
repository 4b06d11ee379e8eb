// Matrix products whose left side is read through pointers, row by row, so that the windows of a convolution need not be
// copied into a column matrix. The right side is packed once into panels of 16 columns.
#pragma once

#include "epilogue.h"

enum { MK_PANEL_WIDTH = 16, MK_PRODUCT_ROWS = 12 };

/// The left matrix: row r is `taps` runs of `channels` floats one after the other.
typedef struct {
    long taps, channels;
    /// Run t of row r is at pointers[t * pointer_stride + r]; where null, at base + r * base_stride (and taps is 1).
    const float *const *pointers;
    long pointer_stride;
    const float *base;
    long base_stride;
} mk_product_rows;
