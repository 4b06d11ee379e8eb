// Max and average pooling over windows given as tables, so that sliding and adaptive windows are one kernel.
#pragma once

/// Along one axis: tap t of the window is at start + t * dilation; the taps lo ..< hi are inside the image.
typedef struct {
    long start, lo, hi;
    long count;  // taps that an average divides by
} mk_pool_window;

/// Images of `height` x `width` x `channels` and the windows over them.
typedef struct {
    long height, width, channels;
    long windows_y, windows_x;
    long dilation_y, dilation_x;
    long taps_x;  // of the widest window: tap (ty, tx) has the number ty * taps_x + tx
    const mk_pool_window *vertical, *horizontal;
} mk_pool_grid;

/// The rows begin ..< end of the output of a batch of images, counted over all images. A NaN is the largest of its window,
/// and a window outside the image gives -infinity. `indices`, where not null, gets each maximum's tap number: bytes, or ints
/// if `wide`.
void mk_max_pool(const mk_pool_grid *grid, long begin, long end, const float *images, float *out, void *indices,
                 int wide);

/// Writes the rows begin ..< end of the gradient by image number `image`.
void mk_max_pool_gradient(const mk_pool_grid *grid, long image, long begin, long end, const float *gradient,
                          const void *indices, int wide, float *out);

void mk_average_pool(const mk_pool_grid *grid, long begin, long end, const float *images, float *out);

/// Writes the rows begin ..< end of the gradient by image number `image`.
void mk_average_pool_gradient(const mk_pool_grid *grid, long image, long begin, long end, const float *gradient,
                              float *out);
