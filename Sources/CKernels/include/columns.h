// Blocks of the column matrix of a convolution ("im2col"), and what is done to a block of its product.
#pragma once

/// Which element of an axis of an image each tap of a window sees: tap t of window w sees w * step + first + t * increment.
typedef struct {
    long size;       // of the image; taps outside see zeros
    long windows;    // along this axis
    long step;
    long taps;
    long first;
    long increment;
} mk_window_axis;

/// Images of `channels` floats a pixel, of which pixels start `pixel_stride` floats apart.
typedef struct {
    mk_window_axis vertical, horizontal;
    long channels;
    long pixel_stride;
} mk_window_grid;

/// The opposite of a copy: pixel (y0 + gy * step_y, x0 + gx * step_x) of each image becomes row (gy, gx) of `rows`,
/// for the rows begin ..< end of the grid of `grid_height` x `grid_width` a batch of images; all of `channels` floats.
typedef struct {
    long height, width, channels;
    long grid_height, grid_width;
    long y0, x0, step_y, step_x;
} mk_pixel_grid;
