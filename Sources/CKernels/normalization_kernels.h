// Columns are taken in tiles whose partial sums stay in registers; rows in runs that are added up in double precision.
enum { MK_JOIN(moments_tile, MK_SUFFIX) = 64, MK_JOIN(moments_run, MK_SUFFIX) = 64 };

KERNEL(void mk_column_moments)(long rows, long columns, const float *x, double *mean, double *deviation) {
    for (long first = 0; first < columns; first += MK_CALL(moments_tile)) {
        long width = columns - first < MK_CALL(moments_tile) ? columns - first : MK_CALL(moments_tile);
        long done = 0;
        for (long start = 0; start < rows; start += MK_CALL(moments_run)) {
            long end = start + MK_CALL(moments_run) < rows ? start + MK_CALL(moments_run) : rows;
            float sum[MK_CALL(moments_tile)] = {0}, center[MK_CALL(moments_tile)], square[MK_CALL(moments_tile)] = {0};
            float inverse = 1.0f / (float)(end - start);
            for (long r = start; r < end; r++) {
                const float *row = x + r * columns + first;
                if (width == MK_CALL(moments_tile))
                    for (long c = 0; c < MK_CALL(moments_tile); c++) sum[c] += row[c];
                else
                    for (long c = 0; c < width; c++) sum[c] += row[c];
            }
            for (long c = 0; c < width; c++) center[c] = sum[c] * inverse;
            for (long r = start; r < end; r++) {
                const float *row = x + r * columns + first;
                if (width == MK_CALL(moments_tile))
                    for (long c = 0; c < MK_CALL(moments_tile); c++) {
                        float d = row[c] - center[c];
                        square[c] += d * d;
                    }
                else
                    for (long c = 0; c < width; c++) {
                        float d = row[c] - center[c];
                        square[c] += d * d;
                    }
            }
            // Chan, Golub, LeVeque: moments of two parts from the moments of each.
            double count = (double)(end - start), total = (double)done + count;
            for (long c = 0; c < width; c++) {
                double before = done ? mean[first + c] : 0, delta = center[c] - before;
                mean[first + c] = before + delta * count / total;
                deviation[first + c] =
                    (done ? deviation[first + c] : 0) + square[c] + delta * delta * (double)done * count / total;
            }
            done += end - start;
        }
    }
}

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

KERNEL(void mk_normalize_gradient)(long rows, long columns, const float *dy, const float *x, const float *mean,
                                   const float *scale, const float *mean_dy, const float *slope, float *dx) {
    for (long r = 0; r < rows; r++, dy += columns, x += columns, dx += columns)
        for (long c = 0; c < columns; c++)
            dx[c] = scale[c] * (dy[c] - mean_dy[c] - (x[c] - mean[c]) * slope[c]);
}
