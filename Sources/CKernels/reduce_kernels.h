enum { MK_JOIN(column_tile, MK_SUFFIX) = 64 };

/// The sum of x[0 ..< n].
KERNEL(double mk_sum)(long n, const float *x) {
#pragma clang fp reassociate(on)
    double sum = 0;
    for (long i = 0; i < n; i++) sum += x[i];
    return sum;
}

/// The sum of x[i] * y[i], whose products neither overflow nor underflow.
KERNEL(double mk_dot)(long n, const float *x, const float *y) {
#pragma clang fp reassociate(on)
    double sum = 0;
    for (long i = 0; i < n; i++) sum += (double)x[i] * y[i];
    return sum;
}

/// sums[c] += the sum over the rows of x[r, c]; x is rows x columns, contiguous.
KERNEL(void mk_sum_columns)(long rows, long columns, const float *x, double *sums) {
    for (long first = 0; first < columns; first += MK_CALL(column_tile)) {
        long width = columns - first < MK_CALL(column_tile) ? columns - first : MK_CALL(column_tile);
        double run[MK_CALL(column_tile)] = {0};
        if (width == MK_CALL(column_tile))
            for (long r = 0; r < rows; r++)
                for (long c = 0; c < MK_CALL(column_tile); c++) run[c] += x[r * columns + first + c];
        else
            for (long r = 0; r < rows; r++)
                for (long c = 0; c < width; c++) run[c] += x[r * columns + first + c];
        for (long c = 0; c < width; c++) sums[first + c] += run[c];
    }
}

/// The largest or smallest of x[0 ..< n], n > 0; NaN if there is one.
KERNEL(float mk_extreme)(mk_extreme_op op, long n, const float *x) {
    float best = x[0];
    if (op == MK_REDUCE_MAXIMUM)
        for (long i = 1; i < n; i++) best = (x[i] > best || x[i] != x[i]) ? x[i] : best;
    else
        for (long i = 1; i < n; i++) best = (x[i] < best || x[i] != x[i]) ? x[i] : best;
    return best;
}

/// out[c] = the largest or smallest of out[c] and every x[r, c].
KERNEL(void mk_extreme_columns)(mk_extreme_op op, long rows, long columns, const float *x, float *out) {
    for (long r = 0; r < rows; r++, x += columns)
        if (op == MK_REDUCE_MAXIMUM)
            for (long c = 0; c < columns; c++) out[c] = (x[c] > out[c] || x[c] != x[c]) ? x[c] : out[c];
        else
            for (long c = 0; c < columns; c++) out[c] = (x[c] < out[c] || x[c] != x[c]) ? x[c] : out[c];
}

/// The index of the first largest of x[i * stride], i < n, n > 0; the first NaN if there is one.
KERNEL(long mk_argmax)(long n, const float *x, long stride) {
    long best = 0;
    for (long i = 1; i < n; i++) {
        float value = x[i * stride], largest = x[best * stride];
        if (value > largest || (value != value && largest == largest)) best = i;
    }
    return best;
}
