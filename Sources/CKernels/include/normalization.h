// Batch normalisation over the columns of a rows x columns array: statistics, application and gradient.
#pragma once

/// Adds up, for each column of the rows given, the mean and the sum of squared deviations from it. `mean` and `deviation`
/// are overwritten. Computed relative to the block's own mean, so that a large mean costs no precision.
void mk_column_moments(long rows, long columns, const float *x, double *mean, double *deviation);

/// out[r, c] = (x[r, c] - mean[c]) * scale[c] + shift[c] (+ addend[r, c] unless NULL), then max(that, 0) if `relu`.
/// `out` may be `x` or `addend`.
void mk_normalize_columns(long rows, long columns, const float *x, const float *mean, const float *scale,
                          const float *shift, const float *addend, int relu, float *out);

/// sums[c] += the sum of dy[r, c]; products[c] += the sum of dy[r, c] * (x[r, c] - mean[c]).
void mk_normalize_gradient_sums(long rows, long columns, const float *dy, const float *x, const float *mean,
                                double *sums, double *products);

/// dx[r, c] = scale[c] * (dy[r, c] - mean_dy[c] - (x[r, c] - mean[c]) * slope[c]). `dx` may be `dy`.
void mk_normalize_gradient(long rows, long columns, const float *dy, const float *x, const float *mean,
                           const float *scale, const float *mean_dy, const float *slope, float *dx);
