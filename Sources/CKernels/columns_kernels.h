// Copies of a few floats, which a call of memcpy would dominate, are made here.
static inline void MK_CALL(copy_floats)(float *restrict to, const float *restrict from, long n) {
    if (n >= 32) {
        memcpy(to, from, (size_t)n * sizeof(float));
        return;
    }
    while (n >= 8) {
        memcpy(to, from, 8 * sizeof(float));
        to += 8;
        from += 8;
        n -= 8;
    }
    if (n >= 4) {
        memcpy(to, from, 4 * sizeof(float));
        to += 4;
        from += 4;
        n -= 4;
    }
    if (n >= 2) {
        memcpy(to, from, 2 * sizeof(float));
        to += 2;
        from += 2;
        n -= 2;
    }
    if (n) *to = *from;
}

static inline void MK_CALL(zero_floats)(float *to, long n) { memset(to, 0, (size_t)n * sizeof(float)); }

// The taps lo ..< hi of the window at `origin` (where its tap 0 is) that are inside the image.
static inline void MK_CALL(inside)(const mk_window_axis *axis, long origin, long *lo, long *hi) {
    long low = origin < 0 ? (-origin + axis->increment - 1) / axis->increment : 0;
    long room = axis->size - origin;
    long high = room > 0 ? (room + axis->increment - 1) / axis->increment : 0;
    *hi = high < axis->taps ? high : axis->taps;
    *lo = low < *hi ? low : *hi;
}

/// Rows begin ..< end of the column matrix of a batch of images: a row a window (image by image, along the width first),
/// taps_y * taps_x * channels wide. `columns` is written densely from its start.
KERNEL(void mk_gather_columns)(const mk_window_grid *grid, long begin, long end, const float *images, float *columns) {
    const mk_window_axis *v = &grid->vertical, *h = &grid->horizontal;
    long channels = grid->channels, pixel = grid->pixel_stride, line = h->taps * channels;
    // Taps next to each other along the width that are neighbours in memory are one run.
    int runs = h->increment == 1 && pixel == channels;
    long gx = begin % h->windows, gy = begin / h->windows % v->windows, image = begin / h->windows / v->windows;
    const float *base = images + image * v->size * h->size * pixel;
    for (long r = begin; r < end; r++) {
        long y = gy * v->step + v->first, x = gx * h->step + h->first;
        long y_lo, y_hi, x_lo, x_hi;
        MK_CALL(inside)(v, y, &y_lo, &y_hi);
        MK_CALL(inside)(h, x, &x_lo, &x_hi);
        if (y_lo > 0) MK_CALL(zero_floats)(columns, y_lo * line);
        for (long ty = y_lo; ty < y_hi; ty++) {
            float *to = columns + ty * line;
            const float *from = base + ((y + ty * v->increment) * h->size + x + x_lo * h->increment) * pixel;
            if (x_lo > 0) MK_CALL(zero_floats)(to, x_lo * channels);
            to += x_lo * channels;
            if (runs) {
                MK_CALL(copy_floats)(to, from, (x_hi - x_lo) * channels);
                to += (x_hi - x_lo) * channels;
            } else
                for (long tx = x_lo; tx < x_hi; tx++, to += channels, from += h->increment * pixel)
                    MK_CALL(copy_floats)(to, from, channels);
            if (x_hi < h->taps) MK_CALL(zero_floats)(to, (h->taps - x_hi) * channels);
        }
        if (y_hi < v->taps) MK_CALL(zero_floats)(columns + y_hi * line, (v->taps - y_hi) * line);
        columns += v->taps * line;
        if (++gx == h->windows) {
            gx = 0;
            if (++gy == v->windows) {
                gy = 0;
                base += v->size * h->size * pixel;
            }
        }
    }
}

/// Writes row r of `rows` to the grid's pixel number r, for begin <= r < end.
KERNEL(void mk_scatter_pixels)(const mk_pixel_grid *grid, long begin, long end, const float *rows, float *images) {
    long channels = grid->channels;
    for (long r = begin; r < end; r++, rows += channels) {
        long gx = r % grid->grid_width, gy = r / grid->grid_width % grid->grid_height;
        long image = r / grid->grid_width / grid->grid_height;
        long y = grid->y0 + gy * grid->step_y, x = grid->x0 + gx * grid->step_x;
        MK_CALL(copy_floats)(images + ((image * grid->height + y) * grid->width + x) * channels, rows, channels);
    }
}

/// out[r, c] = max(out[r, c] + bias[c], relu ? 0 : -infinity); `bias` may be null.
KERNEL(void mk_bias_relu)(long rows, long columns, const float *bias, int relu, float *out) {
    for (long r = 0; r < rows; r++, out += columns) {
        if (bias && relu)
            for (long c = 0; c < columns; c++) {
                float y = out[c] + bias[c];
                out[c] = y < 0 ? 0 : y;
            }
        else if (bias)
            for (long c = 0; c < columns; c++) out[c] += bias[c];
        else if (relu)
            for (long c = 0; c < columns; c++) out[c] = out[c] < 0 ? 0 : out[c];
    }
}

/// The same rows of the column matrix as pointers to their taps: pointers[tap * stride + r - begin]; taps outside the image
/// point to `zeros`, `channels` floats.
KERNEL(void mk_window_pointers)(const mk_window_grid *grid, long begin, long end, const float *images,
                                const float *zeros, const float **pointers, long stride) {
    const mk_window_axis *v = &grid->vertical, *h = &grid->horizontal;
    long pixel = grid->pixel_stride;
    long line = v->increment * h->size * pixel, step = h->increment * pixel;
    long gx = begin % h->windows, gy = begin / h->windows % v->windows, image = begin / h->windows / v->windows;
    const float *base = images + image * v->size * h->size * pixel;
    for (long r = 0; r < end - begin; r++) {
        long y = gy * v->step + v->first, x = gx * h->step + h->first;
        long y_lo, y_hi, x_lo, x_hi;
        MK_CALL(inside)(v, y, &y_lo, &y_hi);
        MK_CALL(inside)(h, x, &x_lo, &x_hi);
        const float **to = pointers + r;
        const float *first = base + (y * h->size + x) * pixel;
        if (y_lo == 0 && y_hi == v->taps && x_lo == 0 && x_hi == h->taps) {
            for (long ty = 0; ty < v->taps; ty++, first += line) {
                const float *from = first;
                for (long tx = 0; tx < h->taps; tx++, to += stride, from += step) *to = from;
            }
        } else {
            for (long ty = 0; ty < v->taps; ty++)
                for (long tx = 0; tx < h->taps; tx++, to += stride)
                    *to = ty >= y_lo && ty < y_hi && tx >= x_lo && tx < x_hi ? first + ty * line + tx * step : zeros;
        }
        if (++gx == h->windows) {
            gx = 0;
            if (++gy == v->windows) {
                gy = 0;
                base += v->size * h->size * pixel;
            }
        }
    }
}

/// The same rows where taps next to each other along the width are neighbours in memory (increments 1, steps no longer than
/// the taps, pixel_stride = channels), as one run for each of the window's lines: pointers[t * stride + r - begin] is its line t,
/// taps_x * channels floats. The lines are copied to `lines` with their zeros: ((windows_x - 1) * step_x + taps_x) * channels
/// floats each, and of n consecutive rows of windows in one image (n - 1) * step_y + taps_y.
KERNEL(void mk_window_lines)(const mk_window_grid *grid, long begin, long end, const float *images, float *lines,
                             const float **pointers, long stride) {
    const mk_window_axis *v = &grid->vertical, *h = &grid->horizontal;
    long channels = grid->channels, step = h->step * channels;
    long width = (h->windows - 1) * h->step + h->taps, line = width * channels;
    // The pixels of a line that the image has.
    long lo = h->first < 0 ? -h->first : 0, hi = h->size - h->first;
    if (hi > width) hi = width;
    if (lo > hi) lo = hi = 0;
    const float **to = pointers;
    for (long r = begin; r < end;) {
        long image = r / h->windows / v->windows, after = (image + 1) * h->windows * v->windows;
        if (after > end) after = end;
        long top = r / h->windows % v->windows, bottom = (after - 1) / h->windows % v->windows;
        long count = (bottom - top) * v->step + v->taps, y0 = top * v->step + v->first;
        const float *from = images + (image * v->size + y0) * h->size * channels + h->first * channels;
        for (long i = 0; i < count; i++) {
            float *at = lines + i * line;
            int inside = y0 + i >= 0 && y0 + i < v->size;
            long first = inside ? lo : 0, last = inside ? hi : 0;
            MK_CALL(zero_floats)(at, first * channels);
            if (last > first)
                memcpy(at + first * channels, from + (i * h->size + first) * channels,
                       (size_t)((last - first) * channels) * sizeof(float));
            MK_CALL(zero_floats)(at + last * channels, (width - last) * channels);
        }
        for (long gx = r % h->windows, gy = 0; r < after; r++, to++) {
            const float *window = lines + gy * v->step * line + gx * step;
            for (long t = 0; t < v->taps; t++) to[t * stride] = window + t * line;
            if (++gx == h->windows) {
                gx = 0;
                gy++;
            }
        }
        lines += count * line;
    }
}
