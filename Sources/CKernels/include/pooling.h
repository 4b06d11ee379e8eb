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
