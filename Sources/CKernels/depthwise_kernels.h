// The innermost loops, over the channels of one pixel. A multiplier of 1 is what networks use, and what vectorises best.

// out[c * m + j] += x[c] * w[c * m + j]
static inline void MK_CALL(spread)(long channels, long m, const float *restrict x, const float *restrict w,
                                   float *restrict out) {
    if (m == 1)
        for (long c = 0; c < channels; c++) out[c] += x[c] * w[c];
    else
        for (long c = 0; c < channels; c++)
            for (long j = 0; j < m; j++) out[c * m + j] += x[c] * w[c * m + j];
}

// out[c] += the sum over j of g[c * m + j] * w[c * m + j]
static inline void MK_CALL(collect)(long channels, long m, const float *restrict g, const float *restrict w,
                                    float *restrict out) {
    if (m == 1)
        for (long c = 0; c < channels; c++) out[c] += g[c] * w[c];
    else
        for (long c = 0; c < channels; c++)
            for (long j = 0; j < m; j++) out[c] += g[c * m + j] * w[c * m + j];
}

// The windows along an axis whose tap `offset` = first + t * increment is inside the image.
static inline void MK_CALL(windows_inside)(const mk_window_axis *axis, long offset, long *lo, long *hi) {
    long low = offset < 0 ? (-offset + axis->step - 1) / axis->step : 0;
    long room = axis->size - offset;
    long high = room > 0 ? (room + axis->step - 1) / axis->step : 0;
    *hi = high < axis->windows ? high : axis->windows;
    *lo = low < *hi ? low : *hi;
}

/// The rows begin ..< end of the output, counted over all images.
KERNEL(void mk_depthwise)(const mk_depthwise_grid *grid, long begin, long end, const float *images, const float *weight,
                          const mk_epilogue *epilogue, float *out) {
    const mk_window_axis *v = &grid->windows.vertical, *h = &grid->windows.horizontal;
    long channels = grid->windows.channels, m = grid->multiplier, outputs = channels * m;
    for (long row = begin; row < end; row++) {
        long origin = row % v->windows * v->step + v->first;
        const float *image = images + row / v->windows * v->size * h->size * channels;
        for (long ox = 0; ox < h->windows; ox++) {
            long first = (row * h->windows + ox) * outputs;
            float *to = out + first;
            const float *bias = epilogue->bias, *addend = epilogue->addend ? epilogue->addend + first : 0;
            if (addend)
                for (long c = 0; c < outputs; c++) to[c] = addend[c] + (bias ? bias[c] : 0);
            else if (bias)
                memcpy(to, bias, (size_t)outputs * sizeof(float));
            else
                memset(to, 0, (size_t)outputs * sizeof(float));
            for (long ty = 0; ty < v->taps; ty++) {
                long y = origin + ty * v->increment;
                if (y < 0 || y >= v->size) continue;
                for (long tx = 0; tx < h->taps; tx++) {
                    long x = ox * h->step + h->first + tx * h->increment;
                    if (x < 0 || x >= h->size) continue;
                    MK_CALL(spread)(channels, m, image + (y * h->size + x) * channels,
                                    weight + (ty * h->taps + tx) * outputs, to);
                }
            }
            if (epilogue->relu)
                for (long c = 0; c < outputs; c++) to[c] = to[c] < 0 ? 0 : to[c];
        }
    }
}

/// Writes the input's rows begin ..< end, counted over all images, of the gradient by the input.
KERNEL(void mk_depthwise_input_gradient)(const mk_depthwise_grid *grid, long begin, long end, const float *gradient,
                                         const float *weight, float *out) {
    const mk_window_axis *v = &grid->windows.vertical, *h = &grid->windows.horizontal;
    long channels = grid->windows.channels, m = grid->multiplier, outputs = channels * m;
    for (long row = begin; row < end; row++) {
        long y = row % v->size, image = row / v->size;
        float *line = out + row * h->size * channels;
        memset(line, 0, (size_t)(h->size * channels) * sizeof(float));
        for (long ty = 0; ty < v->taps; ty++) {
            // The window whose tap ty sees this row, if there is one.
            long distance = y - v->first - ty * v->increment;
            if (distance < 0 || distance % v->step != 0 || distance / v->step >= v->windows) continue;
            const float *from = gradient + (image * v->windows + distance / v->step) * h->windows * outputs;
            for (long tx = 0; tx < h->taps; tx++) {
                long offset = h->first + tx * h->increment, lo, hi;
                MK_CALL(windows_inside)(h, offset, &lo, &hi);
                for (long ox = lo; ox < hi; ox++)
                    MK_CALL(collect)(channels, m, from + ox * outputs, weight + (ty * h->taps + tx) * outputs,
                                     line + (ox * h->step + offset) * channels);
            }
        }
    }
}

/// sums += the gradient by the weight of the output's rows begin ..< end, summed over them from zero in `row_sums`, which is as
/// large as the weight.
KERNEL(void mk_depthwise_weight_gradient)(const mk_depthwise_grid *grid, long begin, long end, const float *images,
                                          const float *gradient, float *row_sums, float *sums) {
    const mk_window_axis *v = &grid->windows.vertical, *h = &grid->windows.horizontal;
    long channels = grid->windows.channels, m = grid->multiplier, outputs = channels * m;
    long size = v->taps * h->taps * outputs;
    memset(row_sums, 0, (size_t)size * sizeof(float));
    for (long row = begin; row < end; row++) {
        const float *image = images + row / v->windows * v->size * h->size * channels;
        const float *from = gradient + row * h->windows * outputs;
        for (long ty = 0; ty < v->taps; ty++) {
            long y = row % v->windows * v->step + v->first + ty * v->increment;
            if (y < 0 || y >= v->size) continue;
            for (long tx = 0; tx < h->taps; tx++) {
                long offset = h->first + tx * h->increment, lo, hi;
                MK_CALL(windows_inside)(h, offset, &lo, &hi);
                for (long ox = lo; ox < hi; ox++)
                    MK_CALL(spread)(channels, m, image + (y * h->size + ox * h->step + offset) * channels,
                                    from + ox * outputs, row_sums + (ty * h->taps + tx) * outputs);
            }
        }
    }
    for (long i = 0; i < size; i++) sums[i] += row_sums[i];
}
