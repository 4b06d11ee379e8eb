#include "transpose_kernels.h"

// One-dimensional transforms of vectors x(0), x(1), ... into y(0), y(1), ...; x and y are macros of the caller's.

#define INPUT_TRANSFORM_4(x, y) \
    { \
        mk_float16 even = x(4) - 4 * x(2), odd = x(3) - 4 * x(1), near = x(4) - x(2), far = 2 * (x(3) - x(1)); \
        mk_float16 first = 4 * x(0) - 5 * x(2) + x(4), last = 4 * x(1) - 5 * x(3) + x(5); \
        y(0, first) y(1, even + odd) y(2, even - odd) y(3, near + far) y(4, near - far) y(5, last) \
    }

#define OUTPUT_TRANSFORM_4(x, y) \
    { \
        mk_float16 sum1 = x(1) + x(2), difference1 = x(1) - x(2), sum2 = x(3) + x(4), difference2 = x(3) - x(4); \
        y(0, x(0) + sum1 + sum2) y(1, difference1 + 2 * difference2) y(2, sum1 + 4 * sum2) \
            y(3, difference1 + 8 * difference2 + x(5)) \
    }

#define OUTPUT_GRADIENT_TRANSFORM(x, y) \
    { \
        mk_float16 even1 = x(0) + x(2), odd1 = x(1) + x(3), even2 = x(0) + 4 * x(2), odd2 = 2 * x(1) + 8 * x(3); \
        y(0, x(0)) y(1, even1 + odd1) y(2, even1 - odd1) y(3, even2 + odd2) y(4, even2 - odd2) y(5, x(3)) \
    }

#define WEIGHT_TRANSFORM_4(x, y) \
    { \
        mk_float16 even1 = (x(0) + x(2)) * (-1.0f / 6), odd1 = x(1) * (-1.0f / 6); \
        mk_float16 even2 = x(0) * (1.0f / 24) + x(2) * (1.0f / 6), odd2 = x(1) * (1.0f / 12); \
        y(0, x(0) * 0.25f) y(1, even1 + odd1) y(2, even1 - odd1) y(3, even2 + odd2) y(4, even2 - odd2) y(5, x(2)) \
    }

#define WEIGHT_GRADIENT_TRANSFORM(x, y) \
    { \
        mk_float16 sum1 = (x(1) + x(2)) * (-1.0f / 6), sum2 = x(3) + x(4); \
        y(0, x(0) * 0.25f + sum1 + sum2 * (1.0f / 24)) \
            y(1, (x(2) - x(1)) * (1.0f / 6) + (x(3) - x(4)) * (1.0f / 12)) y(2, sum1 + sum2 * (1.0f / 6) + x(5)) \
    }

#define INPUT_TRANSFORM_2(x, y) { y(0, x(0) - x(2)) y(1, x(1) + x(2)) y(2, x(2) - x(1)) y(3, x(1) - x(3)) }

#define OUTPUT_TRANSFORM_2(x, y) { y(0, x(0) + x(1) + x(2)) y(1, x(1) - x(2) - x(3)) }

#define WEIGHT_TRANSFORM_2(x, y) \
    { \
        mk_float16 even = (x(0) + x(2)) * 0.5f, odd = x(1) * 0.5f; \
        y(0, x(0)) y(1, even + odd) y(2, even - odd) y(3, x(2)) \
    }

#define UNROLL _Pragma("clang loop unroll(full)")

// The two passes share these: along the height from `in` (or memory) to `half`, along the width from `half`.
#define HALF_COLUMN(i, value) half[i][x] = value;
#define HALF_ROW(i) half[y][i]
#define IN(i) in[i]

// A transformed weight that no cache keeps until it is read goes past them all.
#define STREAMED_FLOATS (1 << 22)

#define TILE 4
#define PATCH 6
#define SIZED(name) name##_4
#include "winograd_sized_kernels.h"
#undef TILE
#undef PATCH
#undef SIZED

#define TILE 2
#define PATCH 4
#define SIZED(name) name##_2
#include "winograd_sized_kernels.h"
#undef TILE
#undef PATCH
#undef SIZED

/// B^T d B of patches: pointers[i * stride + t] is pixel i of tile t's patch.
KERNEL(void mk_winograd_input)(int tile, const float *const *pointers, long stride, long tiles, long channels,
                               float *planes, long plane_stride) {
    if (tile == MK_WINOGRAD_SMALL_TILE)
        MK_CALL(winograd_input_2)(pointers, stride, tiles, channels, planes, plane_stride);
    else
        MK_CALL(winograd_input_4)(pointers, stride, tiles, channels, planes, plane_stride);
}

/// A^T m A of the tiles begin ..< end, and the epilogue, whose addend is images like the result, written to the images.
KERNEL(void mk_winograd_output)(int tile, const mk_winograd_grid *grid, long begin, long end, const float *planes,
                                long plane_stride, const mk_epilogue *epilogue, float *images) {
    if (tile == MK_WINOGRAD_SMALL_TILE)
        MK_CALL(winograd_output_2)(grid, begin, end, planes, plane_stride, epilogue, images);
    else
        MK_CALL(winograd_output_4)(grid, begin, end, planes, plane_stride, epilogue, images);
}

/// G g G^T of the weight [3, 3, inputs, outputs] for the output channels 16 * begin ..< 16 * end, as panels of 16 columns and
/// `inputs` rows in each plane. If `transposed`, the weight is [3, 3, outputs, inputs] and turned by 180 degrees.
KERNEL(void mk_winograd_weight)(int tile, const float *weight, int transposed, long inputs, long outputs, long begin,
                                long end, float *planes, long plane_stride) {
    if (tile == MK_WINOGRAD_SMALL_TILE)
        MK_CALL(winograd_weight_2)(weight, transposed, inputs, outputs, begin, end, planes, plane_stride);
    else
        MK_CALL(winograd_weight_4)(weight, transposed, inputs, outputs, begin, end, planes, plane_stride);
}

#define OUT(i, value) { mk_float16 v = value; MK_STORE(to + (y * 6 + i) * plane_stride, v); }

/// For F(4x4, 3x3): A y A^T of the tiles begin ..< end of the gradient by the output: what `mk_winograd_output` does to gradients.
KERNEL(void mk_winograd_output_gradient)(const mk_winograd_grid *grid, long begin, long end, const float *images,
                                         float *planes, long plane_stride) {
    long channels = grid->channels;
    for (long t = begin; t < end; t++) {
        long x0 = t % grid->tiles_x * 4, y0 = t / grid->tiles_x % grid->tiles_y * 4;
        long image = t / grid->tiles_x / grid->tiles_y;
        const float *from = images + ((image * grid->height + y0) * grid->width + x0) * channels;
        long rows = grid->height - y0, columns = grid->width - x0;
        for (long c = 0; c < channels; c += 16) {
            float *to = planes + (t - begin) * channels + c;
            mk_float16 half[6][4];
            UNROLL for (int x = 0; x < 4; x++) {
                mk_float16 in[4];
                UNROLL for (int y = 0; y < 4; y++) {
                    in[y] = (mk_float16){0};
                    if (y < rows && x < columns) MK_LOAD(in[y], from + (y * grid->width + x) * channels + c);
                }
                OUTPUT_GRADIENT_TRANSFORM(IN, HALF_COLUMN)
            }
            UNROLL for (int y = 0; y < 6; y++) OUTPUT_GRADIENT_TRANSFORM(HALF_ROW, OUT)
        }
    }
}
#undef OUT

/// For F(4x4, 3x3): G^T u G for the input channels begin ..< end: planes of inputs x outputs become the gradient [3, 3, inputs, outputs].
KERNEL(void mk_winograd_weight_gradient)(const float *planes, long plane_stride, long inputs, long outputs, long begin,
                                         long end, float *gradient) {
    for (long c = begin; c < end; c++)
        for (long o = 0; o < outputs; o += 16) {
            const float *from = planes + c * outputs + o;
            float *to = gradient + c * outputs + o;
            mk_float16 half[3][6];
            UNROLL for (int x = 0; x < 6; x++) {
                mk_float16 in[6];
                UNROLL for (int y = 0; y < 6; y++) MK_LOAD(in[y], from + (y * 6 + x) * plane_stride);
                WEIGHT_GRADIENT_TRANSFORM(IN, HALF_COLUMN)
            }
            UNROLL for (int y = 0; y < 3; y++) {
#define OUT(i, value) { mk_float16 v = value; MK_STORE(to + (y * 3 + i) * inputs * outputs, v); }
                WEIGHT_GRADIENT_TRANSFORM(HALF_ROW, OUT)
#undef OUT
            }
        }
}

#undef IN
#undef HALF_ROW
#undef HALF_COLUMN
#undef STREAMED_FLOATS
#undef UNROLL
#undef INPUT_TRANSFORM_4
#undef OUTPUT_TRANSFORM_4
#undef WEIGHT_TRANSFORM_4
#undef INPUT_TRANSFORM_2
#undef OUTPUT_TRANSFORM_2
#undef WEIGHT_TRANSFORM_2
#undef OUTPUT_GRADIENT_TRANSFORM
#undef WEIGHT_GRADIENT_TRANSFORM
