#define UNROLL _Pragma("clang loop unroll(full)")

// Exchanges blocks of `step` lanes between vectors `step` apart: the four of them together transpose sixteen vectors.
#define EXCHANGE(vectors, step, low, high) \
    UNROLL for (int i = 0; i < 16; i++) \
        if (!(i & step)) { \
            mk_float16 a = vectors[i], b = vectors[i + step]; \
            vectors[i] = __builtin_shufflevector(a, b, low); \
            vectors[i + step] = __builtin_shufflevector(a, b, high); \
        }
#define LANES(...) __VA_ARGS__

// to[i * to_stride + j] = from[j * from_stride + i] for i and j below 16.
static inline void MK_CALL(transpose_tile)(const float *from, long from_stride, float *to, long to_stride) {
    mk_float16 rows[16];
    UNROLL for (int j = 0; j < 16; j++) MK_LOAD(rows[j], from + j * from_stride);
    EXCHANGE(rows, 1, LANES(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
             LANES(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
    EXCHANGE(rows, 2, LANES(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
             LANES(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
    EXCHANGE(rows, 4, LANES(0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
             LANES(4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
    EXCHANGE(rows, 8, LANES(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
             LANES(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
    UNROLL for (int i = 0; i < 16; i++) MK_STORE(to + i * to_stride, rows[i]);
}

// The innermost two axes of a gather, `rows` x `columns`, in square tiles: whichever side is strided, the lines that a
// tile touches stay in the first-level cache.
static inline void MK_CALL(gather_plane)(long rows, long columns, long row_stride, long column_stride,
                                         const float *strided, float *packed) {
    if (column_stride == 1) {
        for (long r = 0; r < rows; r++) memcpy(packed + r * columns, strided + r * row_stride, columns * sizeof(float));
        return;
    }
    for (long r0 = 0; r0 < rows; r0 += 16)
        for (long c0 = 0; c0 < columns; c0 += 16) {
            long r1 = r0 + 16 < rows ? r0 + 16 : rows, c1 = c0 + 16 < columns ? c0 + 16 : columns;
            if (row_stride == 1 && r1 - r0 == 16 && c1 - c0 == 16) {
                MK_CALL(transpose_tile)(strided + r0 + c0 * column_stride, column_stride, packed + r0 * columns + c0,
                                        columns);
                continue;
            }
            for (long r = r0; r < r1; r++)
                for (long c = c0; c < c1; c++) packed[r * columns + c] = strided[r * row_stride + c * column_stride];
        }
}

static inline void MK_CALL(scatter_plane)(long rows, long columns, long row_stride, long column_stride,
                                          const float *packed, float *strided) {
    if (column_stride == 1) {
        for (long r = 0; r < rows; r++) memcpy(strided + r * row_stride, packed + r * columns, columns * sizeof(float));
        return;
    }
    for (long r = 0; r < rows; r++)
        for (long c = 0; c < columns; c++) strided[r * row_stride + c * column_stride] = packed[r * columns + c];
}

// Calls `plane` for every index of the axes before the last two.
#define WALK(call) \
    long index[MK_MAXIMUM_RANK] = {0}; \
    long plane_size = shape[rank - 2] * shape[rank - 1]; \
    long offset = begin * strides[0], position = 0, total = end - begin; \
    for (int axis = 1; axis < rank - 2; axis++) total *= shape[axis]; \
    for (long count = 0; count < total; count++) { \
        call; \
        position += plane_size; \
        for (int axis = rank - 3; axis >= 0; axis--) { \
            offset += strides[axis]; \
            if (++index[axis] < shape[axis] || axis == 0) break; \
            offset -= strides[axis] * shape[axis]; \
            index[axis] = 0; \
        } \
    }

KERNEL(void mk_gather_strided)(int rank, const long *shape, const long *strides, long begin, long end,
                               const float *strided, float *packed) {
    long inner = 1;
    for (int axis = 1; axis < rank; axis++) inner *= shape[axis];
    packed += begin * inner;
    if (rank == 1)
        MK_CALL(gather_plane)(1, end - begin, 0, strides[0], strided + begin * strides[0], packed);
    else if (rank == 2)
        MK_CALL(gather_plane)(end - begin, shape[1], strides[0], strides[1], strided + begin * strides[0], packed);
    else {
        WALK(MK_CALL(gather_plane)(shape[rank - 2], shape[rank - 1], strides[rank - 2], strides[rank - 1],
                                   strided + offset, packed + position))
    }
}

KERNEL(void mk_scatter_strided)(int rank, const long *shape, const long *strides, long begin, long end,
                                const float *packed, float *strided) {
    long inner = 1;
    for (int axis = 1; axis < rank; axis++) inner *= shape[axis];
    packed += begin * inner;
    if (rank == 1)
        MK_CALL(scatter_plane)(1, end - begin, 0, strides[0], packed, strided + begin * strides[0]);
    else if (rank == 2)
        MK_CALL(scatter_plane)(end - begin, shape[1], strides[0], strides[1], packed, strided + begin * strides[0]);
    else {
        WALK(MK_CALL(scatter_plane)(shape[rank - 2], shape[rank - 1], strides[rank - 2], strides[rank - 1],
                                    packed + position, strided + offset))
    }
}

#undef WALK
#undef EXCHANGE
#undef LANES
#undef UNROLL
