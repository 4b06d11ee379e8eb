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

/// The rows begin ..< end of the output, counted over all images.
void mk_depthwise(const mk_depthwise_grid *grid, long begin, long end, const float *images, const float *weight,
                  const mk_epilogue *epilogue, float *out);

/// Writes the input's rows begin ..< end, counted over all images, of the gradient by the input.
void mk_depthwise_input_gradient(const mk_depthwise_grid *grid, long begin, long end, const float *gradient,
                                 const float *weight, float *out);

/// sums += the gradient by the weight of the output's rows begin ..< end, summed over them from zero in `row`, which is as
/// large as the weight.
void mk_depthwise_weight_gradient(const mk_depthwise_grid *grid, long begin, long end, const float *images,
                                  const float *gradient, float *row, float *sums);
