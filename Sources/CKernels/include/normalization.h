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

// With a ReLU behind: bit c % 16 of word (r * columns + c) / 16 says where its result is positive. `columns` is a multiple
// of 16.

/// As `mk_normalize_columns` with `relu`; writes the bits too.
void mk_normalize_columns_bits(long rows, long columns, const float *x, const float *mean, const float *scale,
                               const float *shift, const float *addend, float *out, unsigned short *bits);

/// As `mk_normalize_gradient_sums`, of dy where the bits are set and 0 elsewhere, which is written to `selected` unless
/// that is NULL. `selected` may be `dy`.
void mk_normalize_gradient_sums_bits(long rows, long columns, const float *dy, const unsigned short *bits, const float *x,
                                     const float *mean, float *selected, double *sums, double *products);

/// As `mk_normalize_gradient`, of dy where the bits are set and 0 elsewhere.
void mk_normalize_gradient_bits(long rows, long columns, const float *dy, const unsigned short *bits, const float *x,
                                const float *mean, const float *scale, const float *mean_dy, const float *slope,
                                float *dx);
