// The maxima of one window for the channels c ..< c + 16, or for one.
static inline void MK_CALL(max16)(const mk_pool_grid *grid, const mk_pool_window *v, const mk_pool_window *h,
                                  const float *image, long c, float *out, void *indices, int wide, long position) {
    mk_float16 best = (mk_float16){} - INFINITY;
    mk_int16 index = (mk_int16){} + (int)(v->lo * grid->taps_x + h->lo);
    for (long ty = v->lo; ty < v->hi; ty++)
        for (long tx = h->lo; tx < h->hi; tx++) {
            long y = v->start + ty * grid->dilation_y, x = h->start + tx * grid->dilation_x;
            mk_float16 value;
            MK_LOAD(value, image + (y * grid->width + x) * grid->channels + c);
            mk_int16 wins = (value > best) | (value != value);
            best = MK_SELECT(wins, value, best);
            index = (wins & (int)(ty * grid->taps_x + tx)) | (~wins & index);
        }
    MK_STORE(out + position + c, best);
    if (indices && wide) MK_STORE((int *)indices + position + c, index);
    if (indices && !wide) {
        mk_byte16 bytes = __builtin_convertvector(index, mk_byte16);
        MK_STORE((unsigned char *)indices + position + c, bytes);
    }
}

static inline void MK_CALL(max1)(const mk_pool_grid *grid, const mk_pool_window *v, const mk_pool_window *h,
                                 const float *image, long c, float *out, void *indices, int wide, long position) {
    float best = -INFINITY;
    long index = v->lo * grid->taps_x + h->lo;
    for (long ty = v->lo; ty < v->hi; ty++)
        for (long tx = h->lo; tx < h->hi; tx++) {
            long y = v->start + ty * grid->dilation_y, x = h->start + tx * grid->dilation_x;
            float value = image[(y * grid->width + x) * grid->channels + c];
            if (value > best || value != value) {
                best = value;
                index = ty * grid->taps_x + tx;
            }
        }
    out[position + c] = best;
    if (indices && wide) ((int *)indices)[position + c] = (int)index;
    if (indices && !wide) ((unsigned char *)indices)[position + c] = (unsigned char)index;
}

/// The rows begin ..< end of the output of a batch of images, counted over all images. A NaN is the largest of its window,
/// and a window outside the image gives -infinity. `indices`, where not null, gets each maximum's tap number: bytes, or ints
/// if `wide`.
KERNEL(void mk_max_pool)(const mk_pool_grid *grid, long begin, long end, const float *images, float *out,
                         void *indices, int wide) {
    long channels = grid->channels;
    for (long row = begin; row < end; row++) {
        const mk_pool_window *v = grid->vertical + row % grid->windows_y;
        const float *image = images + row / grid->windows_y * grid->height * grid->width * channels;
        for (long ox = 0; ox < grid->windows_x; ox++) {
            const mk_pool_window *h = grid->horizontal + ox;
            long position = (row * grid->windows_x + ox) * channels, c = 0;
            for (; c + 16 <= channels; c += 16) MK_CALL(max16)(grid, v, h, image, c, out, indices, wide, position);
            for (; c < channels; c++) MK_CALL(max1)(grid, v, h, image, c, out, indices, wide, position);
        }
    }
}

// The taps of window `w` that are in the image's rows begin ..< end.
static inline void MK_CALL(taps_in_rows)(const mk_pool_window *w, long dilation, long begin, long end, long *lo,
                                         long *hi) {
    *lo = w->lo;
    *hi = w->hi;
    while (*lo < *hi && w->start + *lo * dilation < begin) ++*lo;
    while (*hi > *lo && w->start + (*hi - 1) * dilation >= end) --*hi;
}

/// Writes the rows begin ..< end of the gradient by image number `image`.
KERNEL(void mk_max_pool_gradient)(const mk_pool_grid *grid, long image, long begin, long end, const float *gradient,
                                  const void *indices, int wide, float *out) {
    long channels = grid->channels, line = grid->width * channels;
    out += image * grid->height * line;
    memset(out + begin * line, 0, (size_t)((end - begin) * line) * sizeof(float));
    for (long oy = 0; oy < grid->windows_y; oy++) {
        long y_lo, y_hi;
        MK_CALL(taps_in_rows)(grid->vertical + oy, grid->dilation_y, begin, end, &y_lo, &y_hi);
        if (y_lo >= y_hi) continue;
        for (long ox = 0; ox < grid->windows_x; ox++) {
            const mk_pool_window *h = grid->horizontal + ox;
            long position = ((image * grid->windows_y + oy) * grid->windows_x + ox) * channels;
            for (long ty = y_lo; ty < y_hi; ty++)
                for (long tx = h->lo; tx < h->hi; tx++) {
                    long y = grid->vertical[oy].start + ty * grid->dilation_y, x = h->start + tx * grid->dilation_x;
                    float *to = out + y * line + x * channels;
                    int tap = (int)(ty * grid->taps_x + tx);
                    long c = 0;
                    for (; c + 16 <= channels; c += 16) {
                        mk_int16 index;
                        mk_float16 value, sum;
                        if (wide)
                            MK_LOAD(index, (const int *)indices + position + c);
                        else {
                            mk_byte16 bytes;
                            MK_LOAD(bytes, (const unsigned char *)indices + position + c);
                            index = __builtin_convertvector(bytes, mk_int16);
                        }
                        MK_LOAD(value, gradient + position + c);
                        MK_LOAD(sum, to + c);
                        sum += (mk_float16)((index == tap) & (mk_int16)value);
                        MK_STORE(to + c, sum);
                    }
                    for (; c < channels; c++) {
                        int index = wide ? ((const int *)indices)[position + c]
                                         : ((const unsigned char *)indices)[position + c];
                        if (index == tap) to[c] += gradient[position + c];
                    }
                }
        }
    }
}

/// The rows begin ..< end of the output of a batch of images, counted over all images: sums divided by each window's count.
KERNEL(void mk_average_pool)(const mk_pool_grid *grid, long begin, long end, const float *images, float *out) {
    long channels = grid->channels, line = grid->width * channels;
    for (long row = begin; row < end; row++) {
        const mk_pool_window *v = grid->vertical + row % grid->windows_y;
        const float *image = images + row / grid->windows_y * grid->height * line;
        for (long ox = 0; ox < grid->windows_x; ox++) {
            const mk_pool_window *h = grid->horizontal + ox;
            float count = (float)(v->count * h->count);
            const float *first = image + (v->start + v->lo * grid->dilation_y) * line
                + (h->start + h->lo * grid->dilation_x) * channels;
            long rows = v->hi - v->lo, columns = h->hi - h->lo, c = 0;
            long step_y = grid->dilation_y * line, step_x = grid->dilation_x * channels;
            // A sum of each line, then of the lines: the error of a large window grows with its sides, not its area.
            for (; c + 16 <= channels; c += 16) {
                mk_float16 sum = {0};
                for (long ty = 0; ty < rows; ty++) {
                    mk_float16 line_sum = {0}, value;
                    for (long tx = 0; tx < columns; tx++) {
                        MK_LOAD(value, first + ty * step_y + tx * step_x + c);
                        line_sum += value;
                    }
                    sum += line_sum;
                }
                sum /= count;
                MK_STORE(out + (row * grid->windows_x + ox) * channels + c, sum);
            }
            for (; c < channels; c++) {
                float sum = 0;
                for (long ty = 0; ty < rows; ty++) {
                    float line_sum = 0;
                    for (long tx = 0; tx < columns; tx++) line_sum += first[ty * step_y + tx * step_x + c];
                    sum += line_sum;
                }
                out[(row * grid->windows_x + ox) * channels + c] = sum / count;
            }
        }
    }
}

/// Writes the rows begin ..< end of the gradient by image number `image`.
KERNEL(void mk_average_pool_gradient)(const mk_pool_grid *grid, long image, long begin, long end,
                                      const float *gradient, float *out) {
    long channels = grid->channels, line = grid->width * channels;
    out += image * grid->height * line;
    memset(out + begin * line, 0, (size_t)((end - begin) * line) * sizeof(float));
    for (long oy = 0; oy < grid->windows_y; oy++) {
        const mk_pool_window *v = grid->vertical + oy;
        long y_lo, y_hi;
        MK_CALL(taps_in_rows)(v, grid->dilation_y, begin, end, &y_lo, &y_hi);
        for (long ty = y_lo; ty < y_hi; ty++)
            for (long ox = 0; ox < grid->windows_x; ox++) {
                const mk_pool_window *h = grid->horizontal + ox;
                const float *from = gradient + ((image * grid->windows_y + oy) * grid->windows_x + ox) * channels;
                float count = (float)(v->count * h->count);
                for (long tx = h->lo; tx < h->hi; tx++) {
                    float *restrict to = out + (v->start + ty * grid->dilation_y) * line
                        + (h->start + tx * grid->dilation_x) * channels;
                    for (long c = 0; c < channels; c++) to[c] += from[c] / count;
                }
            }
    }
}
