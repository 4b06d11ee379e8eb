#define MK_FAMILY "depthwise_kernels.h"
#include "variants.h"

void mk_depthwise(const mk_depthwise_grid *grid, long begin, long end, const float *images, const float *weight,
                  const mk_epilogue *epilogue, float *out) {
    MK_DISPATCH(mk_depthwise, (grid, begin, end, images, weight, epilogue, out))
}

void mk_depthwise_input_gradient(const mk_depthwise_grid *grid, long begin, long end, const float *gradient,
                                 const float *weight, float *out) {
    MK_DISPATCH(mk_depthwise_input_gradient, (grid, begin, end, gradient, weight, out))
}

void mk_depthwise_weight_gradient(const mk_depthwise_grid *grid, long begin, long end, const float *images,
                                  const float *gradient, float *row, float *sums) {
    MK_DISPATCH(mk_depthwise_weight_gradient, (grid, begin, end, images, gradient, row, sums))
}
