// Convolution with one input channel a group: output channel o sees input channel o / multiplier only. Vectorised over the
// channels.
#pragma once

#include "columns.h"
#include "epilogue.h"

/// The windows over the input; `channels` and `pixel_stride` are the input's channels. Output channels are
/// channels * multiplier, in the order of the input's.
typedef struct {
    mk_window_grid windows;
    long multiplier;
} mk_depthwise_grid;
