#define MK_FAMILY "product_kernels.h"
#include "vectors.h"
#include "variants.h"

void mk_pack_panel(long depth, long width, const float *matrix, long stride, float *panel) {
    MK_DISPATCH(mk_pack_panel, (depth, width, matrix, stride, panel))
}

void mk_panel_product(const mk_product_rows *left, long rows, const float *panels, long columns, long depth_step,
                      const mk_epilogue *epilogue, float *out, long out_stride) {
    MK_DISPATCH(mk_panel_product, (left, rows, panels, columns, depth_step, epilogue, out, out_stride))
}

void mk_transposed_product(const mk_product_rows *left, long rows, const float *right, long right_stride, long columns,
                           int adds, float *sums, long sums_stride) {
    MK_DISPATCH(mk_transposed_product, (left, rows, right, right_stride, columns, adds, sums, sums_stride))
}

void mk_plane_products(long planes, const float *left, long left_stride, long rows, long depth, const float *panels,
                       long panels_stride, long columns, float *out, long out_stride) {
    MK_DISPATCH(mk_plane_products,
                (planes, left, left_stride, rows, depth, panels, panels_stride, columns, out, out_stride))
}
