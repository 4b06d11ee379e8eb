// A tile of the result is TILE_ROWS x (TILE_PANELS * 16) sums in registers: as many as the instruction set has, with some
// left for the operands.
#if MK_LEVEL == MK_LEVEL_AVX512
#define TILE_ROWS 12
#define TILE_PANELS 2
#define TILE_DEPTH 8
#elif MK_LEVEL == MK_LEVEL_AVX2 || defined(__aarch64__)
#define TILE_ROWS 6
#define TILE_PANELS 1
#define TILE_DEPTH 4
#else
#define TILE_ROWS 2
#define TILE_PANELS 1
#define TILE_DEPTH 2
#endif

#define MIDDLE_ROWS ((2 * TILE_ROWS + 2) / 3)
#define LOW_ROWS ((TILE_ROWS + 2) / 3)

#define UNROLL _Pragma("clang loop unroll(full)")

/// Copies `width` <= 16 columns of a matrix of `depth` rows, `stride` floats apart, into a panel: depth x 16, filled up with
/// zeros.
KERNEL(void mk_pack_panel)(long depth, long width, const float *matrix, long stride, float *panel) {
    if (width == MK_PANEL_WIDTH) {
        for (long k = 0; k < depth; k++) memcpy(panel + k * MK_PANEL_WIDTH, matrix + k * stride, 64);
        return;
    }
    for (long k = 0; k < depth; k++)
        for (long c = 0; c < MK_PANEL_WIDTH; c++)
            panel[k * MK_PANEL_WIDTH + c] = c < width ? matrix[k * stride + c] : 0;
}

/// The size of a tile and everything that it reads or writes, save its left rows.
struct MK_CALL(tile) {
    long rows, columns;  // that are stored
    long first_tap, taps, first_channel, channels;
    const float *panel;
    long panel_stride;
    const float *bias;
    const float *before;  // what the sums are added to, laid out as the result; or null
    int relu;
    float *out;
    long out_stride;
};

// One tile over some of the depth. Rows past the last are the last again, and not stored. While it reads its panels it asks for
// the next tile's: they come from the third-level cache or the memory, where there are few rows for each of them.
#define DEFINE_TILE(name, ROWS, PANELS) \
    static void MK_CALL(name)(const struct MK_CALL(tile) *tile, const mk_product_rows *left, long row) { \
        mk_float16 sums[ROWS][PANELS] = {{{0}}}; \
        const float *panel = tile->panel; \
        for (long t = 0; t < tile->taps; t++) { \
            const float *a[ROWS]; \
            UNROLL for (int r = 0; r < ROWS; r++) { \
                long at = row + (r < tile->rows ? r : tile->rows - 1); \
                a[r] = left->pointers ? left->pointers[(tile->first_tap + t) * left->pointer_stride + at] \
                                      : left->base + at * left->base_stride; \
                a[r] += tile->first_channel; \
            } \
            long channels = tile->channels; \
            for (long k = 0; k < channels; k++, panel += MK_PANEL_WIDTH) { \
                mk_float16 b[PANELS]; \
                UNROLL for (int p = 0; p < PANELS; p++) { \
                    MK_LOAD(b[p], panel + p * tile->panel_stride); \
                    __builtin_prefetch(panel + (PANELS + p) * tile->panel_stride, 0, 2); \
                } \
                UNROLL for (int r = 0; r < ROWS; r++) \
                    UNROLL for (int p = 0; p < PANELS; p++) sums[r][p] += a[r][k] * b[p]; \
            } \
        } \
        UNROLL for (int p = 0; p < PANELS; p++) { \
            long columns = tile->columns - p * MK_PANEL_WIDTH; \
            if (columns > MK_PANEL_WIDTH) columns = MK_PANEL_WIDTH; \
            mk_float16 bias = {0}; \
            if (tile->bias) memcpy(&bias, tile->bias + p * MK_PANEL_WIDTH, (size_t)columns * sizeof(float)); \
            UNROLL for (int r = 0; r < ROWS; r++) { \
                if (r >= tile->rows) break; \
                long at = r * tile->out_stride + p * MK_PANEL_WIDTH; \
                float *out = tile->out + at; \
                mk_float16 sum = sums[r][p] + bias; \
                if (columns == MK_PANEL_WIDTH) { \
                    if (tile->before) { \
                        mk_float16 before; \
                        MK_LOAD(before, tile->before + at); \
                        sum += before; \
                    } \
                    if (tile->relu) sum = MK_SELECT(sum < 0, (mk_float16){0}, sum); \
                    MK_STORE(out, sum); \
                } else { \
                    mk_float16 before = {0}; \
                    if (tile->before) memcpy(&before, tile->before + at, (size_t)columns * sizeof(float)); \
                    sum += before; \
                    if (tile->relu) sum = MK_SELECT(sum < 0, (mk_float16){0}, sum); \
                    memcpy(out, &sum, (size_t)columns * sizeof(float)); \
                } \
            } \
        } \
    }

// Tiles of two thirds and of one third of the rows, for what is left at the end.
DEFINE_TILE(tile_one, TILE_ROWS, 1)
DEFINE_TILE(tile_one_middle, MIDDLE_ROWS, 1)
DEFINE_TILE(tile_one_low, LOW_ROWS, 1)
#if TILE_PANELS > 1
DEFINE_TILE(tile_all, TILE_ROWS, TILE_PANELS)
DEFINE_TILE(tile_all_middle, MIDDLE_ROWS, TILE_PANELS)
DEFINE_TILE(tile_all_low, LOW_ROWS, TILE_PANELS)
#else
#define TILE_ALL_IS_ONE
#endif

#define CALL_TILE(name, tile, left, row) \
    ((tile)->rows <= LOW_ROWS      ? MK_CALL(name##_low)(tile, left, row) \
     : (tile)->rows <= MIDDLE_ROWS ? MK_CALL(name##_middle)(tile, left, row) \
                                   : MK_CALL(name)(tile, left, row))

// The longest part of a row that is copied; a little more apart, so that a tile's rows do not meet in the same cache sets, as
// they do where channels are a power of two.
#define COPIED_DEPTH 512
#define FETCHED_DEPTH 128
#define COPIED_STRIDE (COPIED_DEPTH + 16)

/// Copies what a tile reads of its rows.
static void MK_CALL(copy_rows)(const struct MK_CALL(tile) *tile, const mk_product_rows *left, long row, float *copied) {
    for (long r = 0; r < tile->rows; r++)
        for (long t = 0; t < tile->taps; t++) {
            const float *from = left->pointers ? left->pointers[(tile->first_tap + t) * left->pointer_stride + row + r]
                                               : left->base + (row + r) * left->base_stride;
            memcpy(copied + r * COPIED_STRIDE + t * tile->channels, from + tile->first_channel,
                   (size_t)tile->channels * sizeof(float));
        }
}

/// Asks for the rows of the next tiles and for where their results go, while the present ones are computed.
static void MK_CALL(fetch_rows)(const struct MK_CALL(tile) *tile, const mk_product_rows *left, long row, long rows,
                                const float *out, long columns) {
    long end = row + TILE_ROWS < rows ? row + TILE_ROWS : rows;
    for (long r = row; r < end; r++) {
        if (left->base)
            for (long k = 0; k < tile->channels; k += 16)
                __builtin_prefetch(left->base + r * left->base_stride + tile->first_channel + k, 0, 2);
        for (long c = 0; c < columns; c += 16) __builtin_prefetch(out + r * tile->out_stride + c, 1, 2);
    }
}

/// out = left * right, then the epilogue, whose addend has rows as far apart as the result.
///
/// `panels` is the right matrix packed: ceil(columns / 16) panels of taps * channels rows. Row r of the result is at
/// out + r * out_stride. `depth_step` is the number of rows of the panels that are multiplied at a time, so that they stay
/// in the cache. MK_PRODUCT_ROWS rows are computed at a time, so a multiple of it is best.
KERNEL(void mk_panel_product)(const mk_product_rows *left, long rows, const float *panels, long columns,
                              long depth_step, const mk_epilogue *epilogue, float *out, long out_stride) {
    long depth = left->taps * left->channels;
    // A step is some whole taps, or a part of one.
    long taps_step = left->channels <= depth_step ? depth_step / (left->channels > 0 ? left->channels : 1) : 1;
    long channels_step = left->channels <= depth_step ? left->channels : depth_step;
    struct MK_CALL(tile) tile = {.panel_stride = depth * MK_PANEL_WIDTH, .out_stride = out_stride};
    // Rows that several tiles read are worth a copy.
    int copies = columns > 2 * TILE_PANELS * MK_PANEL_WIDTH && left->channels >= 16 && depth_step <= COPIED_DEPTH;
    float copied[TILE_ROWS * COPIED_STRIDE];
    // With few channels on one side the arithmetic waits for the memory.
    int waits = depth <= FETCHED_DEPTH || columns <= FETCHED_DEPTH;
    for (long t = 0; t < left->taps; t += taps_step)
        for (long c = 0; c < left->channels; c += channels_step) {
            tile.first_tap = t;
            tile.taps = left->taps - t < taps_step ? left->taps - t : taps_step;
            tile.first_channel = c;
            tile.channels = left->channels - c < channels_step ? left->channels - c : channels_step;
            // The first step adds to the addend, which may be the result's own memory, the others to what they find.
            const float *before = t > 0 || c > 0 ? out : epilogue->addend;
            int last = t + tile.taps == left->taps && c + tile.channels == left->channels;
            tile.relu = last && epilogue->relu;
            for (long row = 0; row < rows; row += TILE_ROWS) {
                tile.rows = rows - row < TILE_ROWS ? rows - row : TILE_ROWS;
                struct MK_CALL(tile) part = tile;
                mk_product_rows source = *left;
                long source_row = row;
                if (copies) {
                    MK_CALL(copy_rows)(&tile, left, row, copied);
                    source = (mk_product_rows){.taps = 1, .channels = tile.taps * tile.channels, .base = copied,
                                               .base_stride = COPIED_STRIDE};
                    part.first_tap = part.first_channel = source_row = 0;
                    part.taps = 1;
                    part.channels = source.channels;
                }
                if (waits) MK_CALL(fetch_rows)(&tile, left, row + TILE_ROWS, rows, out, columns);
                for (long column = 0; column < columns;) {
                    part.panel = panels + column * depth + (t * left->channels + c) * MK_PANEL_WIDTH;
                    part.bias = last && epilogue->bias ? epilogue->bias + column : 0;
                    part.before = before ? before + row * out_stride + column : 0;
                    part.out = out + row * out_stride + column;
                    part.columns = columns - column;
#ifndef TILE_ALL_IS_ONE
                    if (part.columns > MK_PANEL_WIDTH) {
                        CALL_TILE(tile_all, &part, &source, source_row);
                        column += TILE_PANELS * MK_PANEL_WIDTH;
                        continue;
                    }
#endif
                    CALL_TILE(tile_one, &part, &source, source_row);
                    column += MK_PANEL_WIDTH;
                }
            }
        }
}

// A whole tile of rows that lie next to each other, with nothing around the sums.
#define DEFINE_PLAIN_TILE(name, ROWS, PANELS) \
    static void MK_CALL(name)(const float *left, long depth, const float *panel, float *out, long out_stride) { \
        mk_float16 sums[ROWS][PANELS] = {{{0}}}; \
        for (long k = 0; k < depth; k++) { \
            mk_float16 b[PANELS]; \
            UNROLL for (int p = 0; p < PANELS; p++) { \
                MK_LOAD(b[p], panel + (p * depth + k) * MK_PANEL_WIDTH); \
                __builtin_prefetch(panel + ((PANELS + p) * depth + k) * MK_PANEL_WIDTH, 0, 2); \
            } \
            UNROLL for (int r = 0; r < ROWS; r++) \
                UNROLL for (int p = 0; p < PANELS; p++) sums[r][p] += left[r * depth + k] * b[p]; \
        } \
        UNROLL for (int r = 0; r < ROWS; r++) \
            UNROLL for (int p = 0; p < PANELS; p++) \
                MK_STORE(out + r * out_stride + p * MK_PANEL_WIDTH, sums[r][p]); \
    }

DEFINE_PLAIN_TILE(plain_one, TILE_ROWS, 1)
DEFINE_PLAIN_TILE(plain_one_row, 1, 1)
#if TILE_PANELS > 1
DEFINE_PLAIN_TILE(plain_all, TILE_ROWS, TILE_PANELS)
DEFINE_PLAIN_TILE(plain_all_row, 1, TILE_PANELS)
#endif

/// Several products of small matrices: out = left * right for each plane, the planes so many floats apart.
///
/// Rows lie next to each other: `depth` floats each of the left matrix, `columns` (a multiple of 16) of the result. `panels`
/// are the right matrices, packed.
KERNEL(void mk_plane_products)(long planes, const float *left, long left_stride, long rows, long depth,
                               const float *panels, long panels_stride, long columns, float *out, long out_stride) {
    for (long plane = 0; plane < planes; plane++, left += left_stride, panels += panels_stride, out += out_stride)
        for (long row = 0; row < rows;) {
            // The last tile may overlap the one before it.
            int whole = rows >= TILE_ROWS;
            long at = whole && row + TILE_ROWS > rows ? rows - TILE_ROWS : row;
            const float *a = left + at * depth;
            for (long column = 0; column < columns;) {
                const float *panel = panels + column * depth;
                float *to = out + at * columns + column;
#if TILE_PANELS > 1
                if (columns - column >= TILE_PANELS * MK_PANEL_WIDTH) {
                    if (whole)
                        MK_CALL(plain_all)(a, depth, panel, to, columns);
                    else
                        MK_CALL(plain_all_row)(a, depth, panel, to, columns);
                    column += TILE_PANELS * MK_PANEL_WIDTH;
                    continue;
                }
#endif
                if (whole)
                    MK_CALL(plain_one)(a, depth, panel, to, columns);
                else
                    MK_CALL(plain_one_row)(a, depth, panel, to, columns);
                column += MK_PANEL_WIDTH;
            }
            row = at + (whole ? TILE_ROWS : 1);
        }
}

// DEPTH channels of one tap against PANELS * 16 columns, summed over the rows.
#define DEFINE_SUM(name, DEPTH, PANELS) \
    static void MK_CALL(name)(const mk_product_rows *left, long tap, long channel, long rows, const float *right, \
                              long right_stride, int adds, float *out, long out_stride) { \
        mk_float16 sums[DEPTH][PANELS] = {{{0}}}; \
        const float *const *pointers = left->pointers ? left->pointers + tap * left->pointer_stride : 0; \
        for (long r = 0; r < rows; r++, right += right_stride) { \
            const float *a = (pointers ? pointers[r] : left->base + r * left->base_stride) + channel; \
            mk_float16 b[PANELS]; \
            UNROLL for (int p = 0; p < PANELS; p++) MK_LOAD(b[p], right + p * MK_PANEL_WIDTH); \
            UNROLL for (int k = 0; k < DEPTH; k++) \
                UNROLL for (int p = 0; p < PANELS; p++) sums[k][p] += a[k] * b[p]; \
        } \
        UNROLL for (int k = 0; k < DEPTH; k++) \
            UNROLL for (int p = 0; p < PANELS; p++) { \
                mk_float16 before = {0}; \
                float *to = out + k * out_stride + p * MK_PANEL_WIDTH; \
                if (adds) MK_LOAD(before, to); \
                before += sums[k][p]; \
                MK_STORE(to, before); \
            } \
    }

// Every depth up to TILE_DEPTH, since a lone channel would wait for its one sum.
#define DEFINE_SUMS(DEPTH) DEFINE_SUM(sum_##DEPTH##_one, DEPTH, 1) DEFINE_SUM(sum_##DEPTH##_two, DEPTH, 2)
DEFINE_SUMS(1)
DEFINE_SUMS(2)
#if TILE_DEPTH > 2
DEFINE_SUMS(3)
DEFINE_SUMS(4)
#endif
#if TILE_DEPTH > 4
DEFINE_SUMS(5)
DEFINE_SUMS(6)
DEFINE_SUMS(7)
DEFINE_SUMS(8)
#endif

typedef void (*MK_CALL(sum))(const mk_product_rows *, long, long, long, const float *, long, int, float *, long);
#define SUMS(DEPTH) {MK_CALL(sum_##DEPTH##_one), MK_CALL(sum_##DEPTH##_two)}
static const MK_CALL(sum) MK_CALL(sums)[TILE_DEPTH + 1][2] = {{0, 0}, SUMS(1), SUMS(2),
#if TILE_DEPTH > 2
                                                              SUMS(3), SUMS(4),
#endif
#if TILE_DEPTH > 4
                                                              SUMS(5), SUMS(6), SUMS(7), SUMS(8),
#endif
};

/// sums = left^T * right, plus what they were if `adds`, where right has `columns` (a multiple of 16) columns and rows `right_stride` floats apart; sums
/// has taps * channels rows, `sums_stride` floats apart. `rows` at a time are summed up from zero.
KERNEL(void mk_transposed_product)(const mk_product_rows *left, long rows, const float *right, long right_stride,
                                   long columns, int adds, float *sums, long sums_stride) {
    for (long t = 0; t < left->taps; t++)
        for (long c = 0; c < left->channels;) {
            float *out = sums + (t * left->channels + c) * sums_stride;
            // The channels that are left, in as few pieces as possible, none much smaller than the others.
            long remaining = left->channels - c, pieces = (remaining + TILE_DEPTH - 1) / TILE_DEPTH;
            long depth = (remaining + pieces - 1) / pieces;
            for (long column = 0; column < columns;) {
                int two = TILE_PANELS > 1 && columns - column >= 2 * MK_PANEL_WIDTH;
                MK_CALL(sums)[depth][two](left, t, c, rows, right + column, right_stride, adds, out + column, sums_stride);
                column += two ? 2 * MK_PANEL_WIDTH : MK_PANEL_WIDTH;
            }
            c += depth;
        }
}

#undef TILE_ROWS
#undef TILE_PANELS
#undef TILE_DEPTH
#undef TILE_ALL_IS_ONE
#undef COPIED_DEPTH
#undef FETCHED_DEPTH
#undef MIDDLE_ROWS
#undef LOW_ROWS
#undef CALL_TILE
#undef COPIED_STRIDE
#undef UNROLL
#undef DEFINE_TILE
#undef DEFINE_PLAIN_TILE
#undef DEFINE_SUM
#undef DEFINE_SUMS
#undef SUMS
