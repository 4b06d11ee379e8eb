// Shared by the families that transpose; each includes it in every copy of theirs.

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

#undef EXCHANGE
#undef LANES
#undef UNROLL
