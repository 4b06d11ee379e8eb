// Reductions over rows and columns. Sums are accumulated in short float runs that are added up in double precision, so
// that their error does not grow with their length.
#pragma once

typedef enum { MK_REDUCE_MAXIMUM, MK_REDUCE_MINIMUM } mk_extreme_op;

/// The sum of x[0 ..< n].
double mk_sum(long n, const float *x);

/// The sum of x[i] * y[i].
double mk_dot(long n, const float *x, const float *y);

/// sums[c] += the sum over the rows of x[r, c]; x is rows x columns, contiguous.
void mk_sum_columns(long rows, long columns, const float *x, double *sums);

/// The largest or smallest of x[0 ..< n], n > 0; NaN if there is one.
float mk_extreme(mk_extreme_op op, long n, const float *x);

/// out[c] = the largest or smallest of out[c] and every x[r, c].
void mk_extreme_columns(mk_extreme_op op, long rows, long columns, const float *x, float *out);

/// The index of the first largest of x[i * stride], i < n, n > 0; the first NaN if there is one.
long mk_argmax(long n, const float *x, long stride);
