#define MK_FAMILY "optimizer_kernels.h"
#include "variants.h"

void mk_sgd(mk_sgd_options options, long n, const float *gradient, float *velocity, float *value) {
    MK_DISPATCH(mk_sgd, (options, n, gradient, velocity, value))
}

void mk_adam(mk_adam_options options, long n, const float *gradient, float *mean, float *squares, float *largest,
             float *value) {
    MK_DISPATCH(mk_adam, (options, n, gradient, mean, squares, largest, value))
}

void mk_rmsprop(mk_rmsprop_options options, long n, const float *gradient, float *squares, float *mean,
                float *velocity, float *value) {
    MK_DISPATCH(mk_rmsprop, (options, n, gradient, squares, mean, velocity, value))
}
