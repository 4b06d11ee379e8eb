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
