#define MK_FAMILY "reduce_kernels.h"
#include "variants.h"

double mk_sum(long n, const float *x) { MK_DISPATCH(mk_sum, (n, x)) }

double mk_dot(long n, const float *x, const float *y) { MK_DISPATCH(mk_dot, (n, x, y)) }

void mk_sum_columns(long rows, long columns, const float *x, double *sums) {
    MK_DISPATCH(mk_sum_columns, (rows, columns, x, sums))
}

float mk_extreme(mk_extreme_op op, long n, const float *x) { MK_DISPATCH(mk_extreme, (op, n, x)) }

void mk_extreme_columns(mk_extreme_op op, long rows, long columns, const float *x, float *out) {
    MK_DISPATCH(mk_extreme_columns, (op, rows, columns, x, out))
}

long mk_argmax(long n, const float *x, long stride) { MK_DISPATCH(mk_argmax, (n, x, stride)) }
