// The transforms of Winograd's minimal filtering F(4x4, 3x3): 4x4 outputs of a 3x3 convolution from a 6x6 tile of its input by
// 36 multiplications instead of 144 (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016, with the
// points 0, 1, -1, 2, -2 and infinity); and of F(2x2, 3x3): 2x2 outputs from a 4x4 tile by 16 instead of 36 (without the
// points 2 and -2), where `tile` is MK_WINOGRAD_SMALL_TILE.
//
// Transformed values are in 36 (or 16) planes, `plane_stride` floats apart: plane i of tiles is tiles x channels. Channels are
// multiples of 16.
#pragma once

#include "epilogue.h"

enum { MK_WINOGRAD_TILE = 4, MK_WINOGRAD_SMALL_TILE = 2 };

/// The tiles over images of a convolution's output, row by row, image after image.
typedef struct {
    long height, width, channels;
    long tiles_y, tiles_x;
} mk_winograd_grid;

/// B^T d B of patches: pointers[i * stride + t] is pixel i of tile t's patch.
void mk_winograd_input(int tile, const float *const *pointers, long stride, long tiles, long channels, float *planes,
                       long plane_stride);

/// A^T m A of the tiles begin ..< end, and the epilogue, whose addend is images like the result, written to the images.
void mk_winograd_output(int tile, const mk_winograd_grid *grid, long begin, long end, const float *planes, long plane_stride,
                        const mk_epilogue *epilogue, float *images);

/// G g G^T of the weight [3, 3, inputs, outputs] for the output channels 16 * begin ..< 16 * end, as panels of 16 columns and
/// `inputs` rows in each plane. If `transposed`, the weight is [3, 3, outputs, inputs] and turned by 180 degrees.
void mk_winograd_weight(int tile, const float *weight, int transposed, long inputs, long outputs, long begin, long end, float *planes,
                        long plane_stride);

/// For F(4x4, 3x3): A y A^T of the tiles begin ..< end of the gradient by the output: what `mk_winograd_output` does to gradients.
void mk_winograd_output_gradient(const mk_winograd_grid *grid, long begin, long end, const float *images, float *planes,
                                 long plane_stride);

/// For F(4x4, 3x3): G^T u G for the input channels begin ..< end: planes of inputs x outputs become the gradient [3, 3, inputs, outputs].
void mk_winograd_weight_gradient(const float *planes, long plane_stride, long inputs, long outputs, long begin,
                                 long end, float *gradient);
