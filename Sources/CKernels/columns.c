#define MK_FAMILY "columns_kernels.h"
#include "variants.h"

void mk_gather_columns(const mk_window_grid *grid, long begin, long end, const float *images, float *columns) {
    MK_DISPATCH(mk_gather_columns, (grid, begin, end, images, columns))
}

void mk_scatter_pixels(const mk_pixel_grid *grid, long begin, long end, const float *rows, float *images) {
    MK_DISPATCH(mk_scatter_pixels, (grid, begin, end, rows, images))
}

void mk_bias_relu(long rows, long columns, const float *bias, int relu, float *out) {
    MK_DISPATCH(mk_bias_relu, (rows, columns, bias, relu, out))
}

void mk_window_pointers(const mk_window_grid *grid, long begin, long end, const float *images, const float *zeros,
                        const float **pointers, long stride) {
    MK_DISPATCH(mk_window_pointers, (grid, begin, end, images, zeros, pointers, stride))
}

void mk_window_lines(const mk_window_grid *grid, long begin, long end, const float *images, float *lines,
                     const float **pointers, long stride) {
    MK_DISPATCH(mk_window_lines, (grid, begin, end, images, lines, pointers, stride))
}
