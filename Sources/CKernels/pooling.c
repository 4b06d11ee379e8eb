#define MK_FAMILY "pooling_kernels.h"
#include "vectors.h"
#include "variants.h"

void mk_max_pool(const mk_pool_grid *grid, long begin, long end, const float *images, float *out, void *indices,
                 int wide) {
    MK_DISPATCH(mk_max_pool, (grid, begin, end, images, out, indices, wide))
}

void mk_max_pool_gradient(const mk_pool_grid *grid, long image, long begin, long end, const float *gradient,
                          const void *indices, int wide, float *out) {
    MK_DISPATCH(mk_max_pool_gradient, (grid, image, begin, end, gradient, indices, wide, out))
}

void mk_average_pool(const mk_pool_grid *grid, long begin, long end, const float *images, float *out) {
    MK_DISPATCH(mk_average_pool, (grid, begin, end, images, out))
}

void mk_average_pool_gradient(const mk_pool_grid *grid, long image, long begin, long end, const float *gradient,
                              float *out) {
    MK_DISPATCH(mk_average_pool_gradient, (grid, image, begin, end, gradient, out))
}
