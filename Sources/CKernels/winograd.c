#define MK_FAMILY "winograd_kernels.h"
#include "vectors.h"
#include "variants.h"

void mk_winograd_input(int tile, const float *const *pointers, long stride, long tiles, long channels, float *planes,
                       long plane_stride) {
    if (tile == MK_WINOGRAD_SMALL_TILE)
        MK_DISPATCH(mk_winograd_input_2, (pointers, stride, tiles, channels, planes, plane_stride))
    MK_DISPATCH(mk_winograd_input_4, (pointers, stride, tiles, channels, planes, plane_stride))
}

void mk_winograd_output(int tile, const mk_winograd_grid *grid, long begin, long end, const float *planes, long plane_stride,
                        const mk_epilogue *epilogue, float *images) {
    if (tile == MK_WINOGRAD_SMALL_TILE)
        MK_DISPATCH(mk_winograd_output_2, (grid, begin, end, planes, plane_stride, epilogue, images))
    MK_DISPATCH(mk_winograd_output_4, (grid, begin, end, planes, plane_stride, epilogue, images))
}

void mk_winograd_weight(int tile, const float *weight, int transposed, long inputs, long outputs, long begin, long end, float *planes,
                        long plane_stride) {
    if (tile == MK_WINOGRAD_SMALL_TILE)
        MK_DISPATCH(mk_winograd_weight_2, (weight, transposed, inputs, outputs, begin, end, planes, plane_stride))
    MK_DISPATCH(mk_winograd_weight_4, (weight, transposed, inputs, outputs, begin, end, planes, plane_stride))
}

void mk_winograd_output_gradient(const mk_winograd_grid *grid, long begin, long end, const float *images, float *planes,
                                 long plane_stride) {
    MK_DISPATCH(mk_winograd_output_gradient, (grid, begin, end, images, planes, plane_stride))
}

void mk_winograd_weight_gradient(const float *planes, long plane_stride, long inputs, long outputs, long begin,
                                 long end, float *gradient) {
    MK_DISPATCH(mk_winograd_weight_gradient, (planes, plane_stride, inputs, outputs, begin, end, gradient))
}
