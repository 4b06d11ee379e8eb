#include "transpose_kernels.h"

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

/// Walks the first `rank` axes of `shape` for the outermost indices begin ..< end, and copies element by element:
/// `packed` is contiguous in the order of the walk, `strided` is addressed with `strides` (in elements).
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

/// The way back: from `packed` to `strided`.
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
