// Batch normalisation over the columns of a rows x columns array: statistics, application and gradient.

// Columns are taken in tiles whose partial sums stay in registers; rows in runs that are added up in double precision.
enum { MK_JOIN(moments_tile, MK_SUFFIX) = 64, MK_JOIN(moments_run, MK_SUFFIX) = 64 };

// Of one tile of columns of one row: the distances from `origin`, and those from `center` squared.
#define DISTANCES(width) \
    for (long c = 0; c < (width); c++) sum[c] += row[c] - origin[c];
#define SQUARES(width) \
    for (long c = 0; c < (width); c++) { \
        float d = row[c] - center[c]; \
        square[c] += d * d; \
    }

/// Adds up, for each column of the rows given, the mean and the sum of squared deviations from it. `mean` and `deviation`
/// are overwritten. Computed relative to each run's first row and to its own mean, so that a large mean costs no precision.
KERNEL(void mk_column_moments)(long rows, long columns, const float *x, double *mean, double *deviation) {
    for (long first = 0; first < columns; first += MK_CALL(moments_tile)) {
        long width = columns - first < MK_CALL(moments_tile) ? columns - first : MK_CALL(moments_tile);
        long done = 0;
        for (long start = 0; start < rows; start += MK_CALL(moments_run)) {
            long end = start + MK_CALL(moments_run) < rows ? start + MK_CALL(moments_run) : rows;
            float sum[MK_CALL(moments_tile)] = {0}, center[MK_CALL(moments_tile)], square[MK_CALL(moments_tile)] = {0};
            double count = (double)(end - start), exact[MK_CALL(moments_tile)];
            const float *origin = x + start * columns + first;
            for (long r = start + 1; r < end; r++) {
                const float *row = x + r * columns + first;
                if (width == MK_CALL(moments_tile)) {
                    DISTANCES(MK_CALL(moments_tile))
                } else {
                    DISTANCES(width)
                }
            }
            for (long c = 0; c < width; c++) {
                exact[c] = origin[c] + sum[c] / count;
                center[c] = (float)exact[c];
            }
            for (long r = start; r < end; r++) {
                const float *row = x + r * columns + first;
                if (width == MK_CALL(moments_tile)) {
                    SQUARES(MK_CALL(moments_tile))
                } else {
                    SQUARES(width)
                }
            }
            // Chan, Golub, LeVeque: moments of two parts from the moments of each.
            double total = (double)done + count;
            for (long c = 0; c < width; c++) {
                double before = done ? mean[first + c] : 0, delta = exact[c] - before, rounding = exact[c] - center[c];
                mean[first + c] = before + delta * count / total;
                deviation[first + c] = (done ? deviation[first + c] : 0) + square[c] - count * rounding * rounding
                    + delta * delta * (double)done * count / total;
            }
            done += end - start;
        }
    }
}

#undef SQUARES
#undef DISTANCES

/// out[r, c] = (x[r, c] - mean[c]) * scale[c] + shift[c] (+ addend[r, c] unless NULL), then max(that, 0) if `relu`.
/// `out` may be `x` or `addend`.
KERNEL(void mk_normalize_columns)(long rows, long columns, const float *x, const float *mean, const float *scale,
                                  const float *shift, const float *addend, int relu, float *out) {
    float least = relu ? 0 : -INFINITY;
    for (long r = 0; r < rows; r++, x += columns, out += columns) {
        if (addend) {
            const float *a = addend + r * columns;
            for (long c = 0; c < columns; c++) {
                float y = (x[c] - mean[c]) * scale[c] + shift[c] + a[c];
                out[c] = y < least ? least : y;
            }
        } else
            for (long c = 0; c < columns; c++) {
                float y = (x[c] - mean[c]) * scale[c] + shift[c];
                out[c] = y < least ? least : y;
            }
    }
}

// One tile of columns of one row: the gradient's sum and its product with the deviation.
#define GRADIENT_TILE(width) \
    for (long c = 0; c < (width); c++) { \
        sum[c] += dyr[c]; \
        product[c] += dyr[c] * (xr[c] - m[c]); \
    }

/// sums[c] += the sum of dy[r, c]; products[c] += the sum of dy[r, c] * (x[r, c] - mean[c]).
KERNEL(void mk_normalize_gradient_sums)(long rows, long columns, const float *dy, const float *x, const float *mean,
                                        double *sums, double *products) {
    for (long first = 0; first < columns; first += MK_CALL(moments_tile)) {
        long width = columns - first < MK_CALL(moments_tile) ? columns - first : MK_CALL(moments_tile);
        for (long start = 0; start < rows; start += MK_CALL(moments_run)) {
            long end = start + MK_CALL(moments_run) < rows ? start + MK_CALL(moments_run) : rows;
            float sum[MK_CALL(moments_tile)] = {0}, product[MK_CALL(moments_tile)] = {0};
            const float *m = mean + first;
            for (long r = start; r < end; r++) {
                const float *dyr = dy + r * columns + first, *xr = x + r * columns + first;
                if (width == MK_CALL(moments_tile)) {
                    GRADIENT_TILE(MK_CALL(moments_tile))
                } else {
                    GRADIENT_TILE(width)
                }
            }
            for (long c = 0; c < width; c++) {
                sums[first + c] += sum[c];
                products[first + c] += product[c];
            }
        }
    }
}

#undef GRADIENT_TILE

/// dx[r, c] = scale[c] * (dy[r, c] - mean_dy[c] - (x[r, c] - mean[c]) * slope[c]). `dx` may be `dy`.
KERNEL(void mk_normalize_gradient)(long rows, long columns, const float *dy, const float *x, const float *mean,
                                   const float *scale, const float *mean_dy, const float *slope, float *dx) {
    for (long r = 0; r < rows; r++, dy += columns, x += columns, dx += columns)
        for (long c = 0; c < columns; c++)
            dx[c] = scale[c] * (dy[c] - mean_dy[c] - (x[c] - mean[c]) * slope[c]);
}

// The same with a ReLU's bits; 16 columns at a time, a word of bits for each.

typedef _Bool MK_CALL(mk_bool16) __attribute__((ext_vector_type(16)));

#define SELECT_BITS(values, words) \
    { \
        MK_CALL(mk_bool16) positive; \
        memcpy(&positive, (words), sizeof(unsigned short)); \
        values = (mk_float16)((mk_int16)values & -__builtin_convertvector(positive, mk_int16)); \
    }

/// As `mk_normalize_columns` with `relu`, which also writes where the result is positive: bit c % 16 of word
/// (r * columns + c) / 16. `columns` is a multiple of 16.
KERNEL(void mk_normalize_columns_bits)(long rows, long columns, const float *x, const float *mean, const float *scale,
                                       const float *shift, const float *addend, float *out, unsigned short *bits) {
    for (long r = 0; r < rows; r++)
        for (long c = 0; c < columns; c += 16, x += 16, out += 16, bits++) {
            mk_float16 y, m, factor, offset;
            MK_LOAD(y, x);
            MK_LOAD(m, mean + c);
            MK_LOAD(factor, scale + c);
            MK_LOAD(offset, shift + c);
            y = (y - m) * factor + offset;
            if (addend) {
                mk_float16 added;
                MK_LOAD(added, addend);
                y += added;
                addend += 16;
            }
            MK_CALL(mk_bool16) positive = __builtin_convertvector(y > 0, MK_CALL(mk_bool16));
            memcpy(bits, &positive, sizeof(unsigned short));
            y = MK_SELECT(y < 0, (mk_float16){0}, y);
            MK_STORE(out, y);
        }
}

/// As `mk_normalize_gradient_sums`, of dy where the bits are set and 0 elsewhere, which is written to `selected` unless
/// that is NULL. `selected` may be `dy`.
KERNEL(void mk_normalize_gradient_sums_bits)(long rows, long columns, const float *dy, const unsigned short *bits,
                                             const float *x, const float *mean, float *selected, double *sums,
                                             double *products) {
    for (long first = 0; first < columns; first += MK_CALL(moments_tile)) {
        long width = columns - first < MK_CALL(moments_tile) ? columns - first : MK_CALL(moments_tile);
        for (long start = 0; start < rows; start += MK_CALL(moments_run)) {
            long end = start + MK_CALL(moments_run) < rows ? start + MK_CALL(moments_run) : rows;
            mk_float16 sum[4] = {{0}}, product[4] = {{0}};
            for (long r = start; r < end; r++) {
                long at = r * columns + first;
                for (long v = 0; v * 16 < width; v++) {
                    mk_float16 dyr, xr, m;
                    MK_LOAD(dyr, dy + at + v * 16);
                    MK_LOAD(xr, x + at + v * 16);
                    MK_LOAD(m, mean + first + v * 16);
                    SELECT_BITS(dyr, bits + at / 16 + v)
                    if (selected) MK_STORE(selected + at + v * 16, dyr);
                    sum[v] += dyr;
                    product[v] += dyr * (xr - m);
                }
            }
            for (long c = 0; c < width; c++) {
                sums[first + c] += sum[c / 16][c % 16];
                products[first + c] += product[c / 16][c % 16];
            }
        }
    }
}

/// As `mk_normalize_gradient`, of dy where the bits are set and 0 elsewhere.
KERNEL(void mk_normalize_gradient_bits)(long rows, long columns, const float *dy, const unsigned short *bits,
                                        const float *x, const float *mean, const float *scale, const float *mean_dy,
                                        const float *slope, float *dx) {
    for (long r = 0; r < rows; r++)
        for (long c = 0; c < columns; c += 16, dy += 16, bits++, x += 16, dx += 16) {
            mk_float16 dyr, xr, m, factor, center, tilt;
            MK_LOAD(dyr, dy);
            MK_LOAD(xr, x);
            MK_LOAD(m, mean + c);
            MK_LOAD(factor, scale + c);
            MK_LOAD(center, mean_dy + c);
            MK_LOAD(tilt, slope + c);
            SELECT_BITS(dyr, bits)
            xr = factor * (dyr - center - (xr - m) * tilt);
            MK_STORE(dx, xr);
        }
}

#undef SELECT_BITS
