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

/// Rows begin ..< end of the column matrix of a batch of images: a row a window (image by image, along the width first),
/// taps_y * taps_x * channels wide. `columns` is written densely from its start.
void mk_gather_columns(const mk_window_grid *grid, long begin, long end, const float *images, float *columns);

/// The opposite of a copy: pixel (y0 + gy * step_y, x0 + gx * step_x) of each image becomes row (gy, gx) of `rows`,
/// for the rows begin ..< end of the grid of `grid_height` x `grid_width` a batch of images; all of `channels` floats.
typedef struct {
    long height, width, channels;
    long grid_height, grid_width;
    long y0, x0, step_y, step_x;
} mk_pixel_grid;
void mk_scatter_pixels(const mk_pixel_grid *grid, long begin, long end, const float *rows, float *images);

/// out[r, c] = max(out[r, c] + bias[c], relu ? 0 : -infinity); `bias` may be null.
void mk_bias_relu(long rows, long columns, const float *bias, int relu, float *out);

/// The same rows of the column matrix as pointers to their taps: pointers[tap * stride + r - begin]; taps outside the image
/// point to `zeros`, `channels` floats.
void mk_window_pointers(const mk_window_grid *grid, long begin, long end, const float *images, const float *zeros,
                        const float **pointers, long stride);

/// The same rows where taps next to each other along the width are neighbours in memory (increments 1, steps no longer than
/// the taps, pixel_stride = channels), as one run for each of the window's lines: pointers[t * stride + r - begin] is its line t,
/// taps_x * channels floats. The lines are copied to `lines` with their zeros: ((windows_x - 1) * step_x + taps_x) * channels
/// floats each, and of n consecutive rows of windows in one image (n - 1) * step_y + taps_y.
void mk_window_lines(const mk_window_grid *grid, long begin, long end, const float *images, float *lines,
                     const float **pointers, long stride);
