// The kernels of F(TILE x TILE, 3x3), for whoever defines TILE, PATCH and SIZED.

static void MK_CALL(SIZED(winograd_input))(const float *const *pointers, long stride, long tiles, long channels, float *planes,
                               long plane_stride) {
    for (long t = 0; t < tiles; t++) {
        const float *pixels[PATCH * PATCH];
        for (int i = 0; i < PATCH * PATCH; i++) pixels[i] = pointers[i * stride + t];
        for (long c = 0; c < channels; c += 16) {
            float *to = planes + t * channels + c;
            mk_float16 half[PATCH][PATCH];
            UNROLL for (int x = 0; x < PATCH; x++) {
                mk_float16 in[PATCH];
                UNROLL for (int y = 0; y < PATCH; y++) MK_LOAD(in[y], pixels[y * PATCH + x] + c);
                SIZED(INPUT_TRANSFORM)(IN, HALF_COLUMN)
            }
            UNROLL for (int y = 0; y < PATCH; y++) {
#define OUT(i, value) { mk_float16 v = value; MK_STORE(to + (y * PATCH + i) * plane_stride, v); }
                SIZED(INPUT_TRANSFORM)(HALF_ROW, OUT)
#undef OUT
            }
        }
    }
}

static void MK_CALL(SIZED(winograd_output))(const mk_winograd_grid *grid, long begin, long end, const float *planes,
                                long plane_stride, const mk_epilogue *epilogue, float *images) {
    long channels = grid->channels;
    const float *bias = epilogue->bias;
    int relu = epilogue->relu;
    for (long t = begin; t < end; t++) {
        long x0 = t % grid->tiles_x * TILE, y0 = t / grid->tiles_x % grid->tiles_y * TILE;
        long image = t / grid->tiles_x / grid->tiles_y;
        int rows = grid->height - y0 < TILE ? (int)(grid->height - y0) : TILE;
        int columns = grid->width - x0 < TILE ? (int)(grid->width - x0) : TILE;
        long first = ((image * grid->height + y0) * grid->width + x0) * channels;
        float *to = images + first;
        const float *addend = epilogue->addend ? epilogue->addend + first : 0;
        for (long c = 0; c < channels; c += 16) {
            const float *from = planes + (t - begin) * channels + c;
            mk_float16 half[TILE][PATCH], offset = {0};
            if (bias) MK_LOAD(offset, bias + c);
            UNROLL for (int x = 0; x < PATCH; x++) {
                mk_float16 in[PATCH];
                UNROLL for (int y = 0; y < PATCH; y++) MK_LOAD(in[y], from + (y * PATCH + x) * plane_stride);
                SIZED(OUTPUT_TRANSFORM)(IN, HALF_COLUMN)
            }
            UNROLL for (int y = 0; y < TILE; y++) if (y < rows) {
                long line = y * grid->width * channels + c;
#define OUT(i, value) \
    if (i < columns) { \
        mk_float16 v = value + offset; \
        if (addend) { \
            mk_float16 added; \
            MK_LOAD(added, addend + line + i * channels); \
            v += added; \
        } \
        if (relu) v = MK_SELECT(v < 0, (mk_float16){0}, v); \
        MK_STORE(to + line + i * channels, v); \
    }
                SIZED(OUTPUT_TRANSFORM)(HALF_ROW, OUT)
#undef OUT
            }
        }
    }
}

// G g G^T of one input channel's 16 outputs; `taps` floats lie between the nine elements of the kernel.
static inline void MK_CALL(SIZED(transform_weight))(const float *from, long taps, float *to, long plane_stride, int streams) {
    mk_float16 half[PATCH][3];
    UNROLL for (int x = 0; x < 3; x++) {
        mk_float16 in[3];
        UNROLL for (int y = 0; y < 3; y++) MK_LOAD(in[y], from + (y * 3 + x) * taps);
        SIZED(WEIGHT_TRANSFORM)(IN, HALF_COLUMN)
    }
    UNROLL for (int y = 0; y < PATCH; y++) {
#define OUT(i, value) \
    { \
        mk_float16 v = value; \
        if (streams) MK_STREAM(to + (y * PATCH + i) * plane_stride, v); \
        else MK_STORE(to + (y * PATCH + i) * plane_stride, v); \
    }
        SIZED(WEIGHT_TRANSFORM)(HALF_ROW, OUT)
#undef OUT
    }
}

static void MK_CALL(SIZED(winograd_weight))(const float *weight, int transposed, long inputs, long outputs, long begin, long end,
                                float *planes, long plane_stride) {
    int streams = PATCH * PATCH * plane_stride > STREAMED_FLOATS;
    for (long panel = begin; panel < end; panel++) {
        float *to = planes + panel * inputs * 16;
        if (!transposed) {
            for (long c = 0; c < inputs; c++)
                MK_CALL(SIZED(transform_weight))(weight + c * outputs + panel * 16, inputs * outputs, to + c * 16,
                                                 plane_stride, streams);
            continue;
        }
        for (long c = 0; c < inputs; c += 16) {
            float turned[9][16 * 16] __attribute__((aligned(64)));
            const float *from = weight + panel * 16 * inputs + c;
            for (int tap = 0; tap < 9; tap++)
                MK_CALL(transpose_tile)(from + tap * inputs * outputs, inputs, turned[8 - tap], 16);
            for (int i = 0; i < 16; i++)
                MK_CALL(SIZED(transform_weight))(turned[0] + i * 16, 16 * 16, to + (c + i) * 16, plane_stride, streams);
        }
    }
    if (streams) MK_STREAM_END();
}
