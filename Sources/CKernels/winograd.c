#define MK_FAMILY "winograd_kernels.h"
#include "vectors.h"
#include "variants.h"

void mk_winograd_input(const float *const *pointers, long stride, long tiles, long channels, float *planes,
                       long plane_stride) {
    MK_DISPATCH(mk_winograd_input, (pointers, stride, tiles, channels, planes, plane_stride))
}

void mk_winograd_output(const mk_winograd_grid *grid, long begin, long end, const float *planes, long plane_stride,
                        const mk_epilogue *epilogue, float *images) {
    MK_DISPATCH(mk_winograd_output, (grid, begin, end, planes, plane_stride, epilogue, images))
}

void mk_winograd_weight(const float *weight, int flipped, long inputs, long outputs, long begin, long end, float *planes,
                        long plane_stride) {
    MK_DISPATCH(mk_winograd_weight, (weight, flipped, inputs, outputs, begin, end, planes, plane_stride))
}

void mk_winograd_output_gradient(const mk_winograd_grid *grid, long begin, long end, const float *images, float *planes,
                                 long plane_stride) {
    MK_DISPATCH(mk_winograd_output_gradient, (grid, begin, end, images, planes, plane_stride))
}

void mk_winograd_weight_gradient(const float *planes, long plane_stride, long inputs, long outputs, long begin,
                                 long end, float *gradient) {
    MK_DISPATCH(mk_winograd_weight_gradient, (planes, plane_stride, inputs, outputs, begin, end, gradient))
}
