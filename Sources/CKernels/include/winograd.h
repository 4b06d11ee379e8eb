// The transforms of Winograd's minimal filtering F(4x4, 3x3): 4x4 outputs of a 3x3 convolution from a 6x6 tile of its input by
// 36 multiplications instead of 144 (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016, with the
// points 0, 1, -1, 2, -2 and infinity).
//
// Transformed values are in 36 planes, `plane_stride` floats apart: plane i of tiles is tiles x channels. Channels are
// multiples of 16.
#pragma once

#include "epilogue.h"

enum { MK_WINOGRAD_TILE = 4, MK_WINOGRAD_PATCH = 6, MK_WINOGRAD_PLANES = 36 };

/// The tiles over images of a convolution's output, row by row, image after image.
typedef struct {
    long height, width, channels;
    long tiles_y, tiles_x;
} mk_winograd_grid;

/// B^T d B of 6x6 patches: pointers[i * stride + t] is pixel i of tile t's patch.
void mk_winograd_input(const float *const *pointers, long stride, long tiles, long channels, float *planes,
                       long plane_stride);

/// A^T m A of the tiles begin ..< end, and the epilogue, whose addend is images like the result, written to the images.
void mk_winograd_output(const mk_winograd_grid *grid, long begin, long end, const float *planes, long plane_stride,
                        const mk_epilogue *epilogue, float *images);

/// G g G^T of the weight [3, 3, inputs, outputs] for the output channels 16 * begin ..< 16 * end, as panels of 16 columns and
/// `inputs` rows in each plane. `flipped` turns the kernel by 180 degrees.
void mk_winograd_weight(const float *weight, int flipped, long inputs, long outputs, long begin, long end, float *planes,
                        long plane_stride);

/// A y A^T of the tiles begin ..< end of the gradient by the output: what `mk_winograd_output` does to gradients.
void mk_winograd_output_gradient(const mk_winograd_grid *grid, long begin, long end, const float *images, float *planes,
                                 long plane_stride);

/// G^T u G for the input channels begin ..< end: planes of inputs x outputs become the gradient [3, 3, inputs, outputs].
void mk_winograd_weight_gradient(const float *planes, long plane_stride, long inputs, long outputs, long begin,
                                 long end, float *gradient);
