// Matrix products whose left side is read through pointers, row by row, so that the windows of a convolution need not be
// copied into a column matrix. The right side is packed once into panels of 16 columns.
#pragma once

#include "epilogue.h"

enum { MK_PANEL_WIDTH = 16, MK_PRODUCT_ROWS = 12 };

/// Copies `width` <= 16 columns of a matrix of `depth` rows, `stride` floats apart, into a panel: depth x 16, filled up with
/// zeros.
void mk_pack_panel(long depth, long width, const float *matrix, long stride, float *panel);

/// The left matrix: row r is `taps` runs of `channels` floats one after the other.
typedef struct {
    long taps, channels;
    /// Run t of row r is at pointers[t * pointer_stride + r]; where null, at base + r * base_stride (and taps is 1).
    const float *const *pointers;
    long pointer_stride;
    const float *base;
    long base_stride;
} mk_product_rows;

/// out = left * right, then the epilogue, whose addend has rows as far apart as the result.
///
/// `panels` is the right matrix packed: ceil(columns / 16) panels of taps * channels rows. Row r of the result is at
/// out + r * out_stride. `depth_step` is the number of rows of the panels that are multiplied at a time, so that they stay
/// in the cache. MK_PRODUCT_ROWS rows are computed at a time, so a multiple of it is best.
void mk_panel_product(const mk_product_rows *left, long rows, const float *panels, long columns, long depth_step,
                      const mk_epilogue *epilogue, float *out, long out_stride);

/// Several products of small matrices: out = left * right for each plane, the planes so many floats apart.
///
/// Rows lie next to each other: `depth` floats each of the left matrix, `columns` (a multiple of 16) of the result. `panels`
/// are the right matrices, packed.
void mk_plane_products(long planes, const float *left, long left_stride, long rows, long depth, const float *panels,
                       long panels_stride, long columns, float *out, long out_stride);

/// sums = left^T * right, plus what they were if `adds`, where right has `columns` (a multiple of 16) columns and rows `right_stride` floats apart; sums
/// has taps * channels rows, `sums_stride` floats apart. `rows` at a time are summed up from zero.
void mk_transposed_product(const mk_product_rows *left, long rows, const float *right, long right_stride, long columns,
                           int adds, float *sums, long sums_stride);
