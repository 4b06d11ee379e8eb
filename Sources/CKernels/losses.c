#define MK_FAMILY "losses_kernels.h"
#include "variants.h"

void mk_cross_entropy(long rows, long classes, const float *logits, const long *labels, const float *weights,
                      float smoothing, float *work, float *losses, float *gradient) {
    MK_DISPATCH(mk_cross_entropy, (rows, classes, logits, labels, weights, smoothing, work, losses, gradient))
}
