// Made by scripts/generate-kernels.py from the *_kernels.h files: do not edit.
#pragma once

// columns

/// Rows begin ..< end of the column matrix of a batch of images: a row a window (image by image, along the width first),
/// taps_y * taps_x * channels wide. `columns` is written densely from its start.
void mk_gather_columns(const mk_window_grid *grid, long begin, long end, const float *images, float *columns);

/// Writes row r of `rows` to the grid's pixel number r, for begin <= r < end.
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

// depthwise

/// The rows begin ..< end of the output, counted over all images.
void mk_depthwise(const mk_depthwise_grid *grid, long begin, long end, const float *images, const float *weight,
                  const mk_epilogue *epilogue, float *out);

/// Writes the input's rows begin ..< end, counted over all images, of the gradient by the input.
void mk_depthwise_input_gradient(const mk_depthwise_grid *grid, long begin, long end, const float *gradient,
                                 const float *weight, float *out);

/// sums += the gradient by the weight of the output's rows begin ..< end, summed over them from zero in `row_sums`, which is as
/// large as the weight.
void mk_depthwise_weight_gradient(const mk_depthwise_grid *grid, long begin, long end, const float *images,
                                  const float *gradient, float *row_sums, float *sums);

// elementwise

/// out[r, c] = a[r * a_row + c * a_column] op b[r * b_row + c * b_column]; out is rows x columns, contiguous.
/// The column strides are 0 (broadcast) or 1. `out` may be `a` or `b` where that operand is not broadcast.
void mk_binary(mk_binary_op op, long rows, long columns, const float *a, long a_row, long a_column, const float *b,
               long b_row, long b_column, float *out);

/// out[i] = op(x[i]). `out` may be `x`.
void mk_unary(mk_unary_op op, long n, const float *x, float *out);

/// out[i] = x[i] * scale + offset. `out` may be `x`.
void mk_affine(long n, const float *x, float scale, float offset, float *out);

/// out[i] = min(max(x[i], low), high); NaN stays NaN.
void mk_clamp(long n, const float *x, float low, float high, float *out);

/// out[i] = x[i] > 0 ? x[i] : slope * x[i].
void mk_leaky_relu(long n, const float *x, float slope, float *out);

/// The gradient of `mk_leaky_relu` by x, from the gradient by its result.
void mk_leaky_relu_gradient(long n, const float *gradient, const float *x, float slope, float *out);

/// out[i] = condition[i] != 0 ? a[i] : b[i].
void mk_where(long n, const float *condition, const float *a, const float *b, float *out);

/// y[i] += scale * x[i].
void mk_add_scaled(long n, float scale, const float *x, float *y);

// losses

/// The cross-entropy of each row of logits, and its gradient.
///
/// With the target t[c] = weights[c] * ((c == label) * (1 - smoothing) + smoothing / classes):
/// losses[r] = -sum of t[c] * log softmax(logits[r])[c], gradient[r, c] = sum of t * softmax(logits[r])[c] - t[c].
///
/// `logits` and `gradient` are rows x columns, contiguous. `weights` is null for ones, `gradient` null where nobody needs it.
/// `work` has room for a row.
void mk_cross_entropy(long rows, long classes, const float *logits, const long *labels, const float *weights,
                      float smoothing, float *work, float *losses, float *gradient);

// mask

/// bits[i / 16] has bit i % 16 set where x[i] > 0; n / 16 words, rounded up. Unused bits are 0.
void mk_positive_bits(long n, const float *x, unsigned short *bits);

/// out[i] = x[i] where bit i is set, else 0. `out` may be `x`.
void mk_select_bits(long n, const unsigned short *bits, const float *x, float *out);

// normalization

/// Adds up, for each column of the rows given, the mean and the sum of squared deviations from it. `mean` and `deviation`
/// are overwritten. Computed relative to each run's first row and to its own mean, so that a large mean costs no precision.
void mk_column_moments(long rows, long columns, const float *x, double *mean, double *deviation);

/// out[r, c] = (x[r, c] - mean[c]) * scale[c] + shift[c] (+ addend[r, c] unless NULL), then max(that, 0) if `relu`.
/// `out` may be `x` or `addend`.
void mk_normalize_columns(long rows, long columns, const float *x, const float *mean, const float *scale,
                          const float *shift, const float *addend, int relu, float *out);

/// sums[c] += the sum of dy[r, c]; products[c] += the sum of dy[r, c] * (x[r, c] - mean[c]).
void mk_normalize_gradient_sums(long rows, long columns, const float *dy, const float *x, const float *mean,
                                double *sums, double *products);

/// dx[r, c] = scale[c] * (dy[r, c] - mean_dy[c] - (x[r, c] - mean[c]) * slope[c]). `dx` may be `dy`.
void mk_normalize_gradient(long rows, long columns, const float *dy, const float *x, const float *mean,
                           const float *scale, const float *mean_dy, const float *slope, float *dx);

/// As `mk_normalize_columns` with `relu`, which also writes where the result is positive: bit c % 16 of word
/// (r * columns + c) / 16. `columns` is a multiple of 16.
void mk_normalize_columns_bits(long rows, long columns, const float *x, const float *mean, const float *scale,
                               const float *shift, const float *addend, float *out, unsigned short *bits);

/// As `mk_normalize_gradient_sums`, of dy where the bits are set and 0 elsewhere, which is written to `selected` unless
/// that is NULL. `selected` may be `dy`.
void mk_normalize_gradient_sums_bits(long rows, long columns, const float *dy, const unsigned short *bits,
                                     const float *x, const float *mean, float *selected, double *sums,
                                     double *products);

/// As `mk_normalize_gradient`, of dy where the bits are set and 0 elsewhere.
void mk_normalize_gradient_bits(long rows, long columns, const float *dy, const unsigned short *bits, const float *x,
                                const float *mean, const float *scale, const float *mean_dy, const float *slope,
                                float *dx);

// optimizer

/// value -= rate * step, with g + decay * value for the gradient. Without momentum `velocity` is null.
void mk_sgd(mk_sgd_options o, long n, const float *gradient, float *velocity, float *value);

/// value = shrink * value - step_size * mean / (sqrt(squares) * root_correction + epsilon), after both averages have taken up
/// the gradient. Where `largest` is not null, the largest squares so far stand for the squares (AMSGrad).
void mk_adam(mk_adam_options o, long n, const float *gradient, float *mean, float *squares, float *largest,
             float *value);

/// value -= rate * gradient / (sqrt(squares - mean^2) + epsilon). `mean` is null unless centered, `velocity` without momentum.
void mk_rmsprop(mk_rmsprop_options o, long n, const float *gradient, float *squares, float *mean, float *velocity,
                float *value);

// pooling

/// The rows begin ..< end of the output of a batch of images, counted over all images. A NaN is the largest of its window,
/// and a window outside the image gives -infinity. `indices`, where not null, gets each maximum's tap number: bytes, or ints
/// if `wide`.
void mk_max_pool(const mk_pool_grid *grid, long begin, long end, const float *images, float *out, void *indices,
                 int wide);

/// Writes the rows begin ..< end of the gradient by image number `image`.
void mk_max_pool_gradient(const mk_pool_grid *grid, long image, long begin, long end, const float *gradient,
                          const void *indices, int wide, float *out);

/// The rows begin ..< end of the output of a batch of images, counted over all images: sums divided by each window's count.
void mk_average_pool(const mk_pool_grid *grid, long begin, long end, const float *images, float *out);

/// Writes the rows begin ..< end of the gradient by image number `image`.
void mk_average_pool_gradient(const mk_pool_grid *grid, long image, long begin, long end, const float *gradient,
                              float *out);

// product

/// Copies `width` <= 16 columns of a matrix of `depth` rows, `stride` floats apart, into a panel: depth x 16, filled up with
/// zeros.
void mk_pack_panel(long depth, long width, const float *matrix, long stride, float *panel);

/// out = left * right, then the epilogue, whose addend has rows as far apart as the result.
///
/// `panels` is the right matrix packed: ceil(columns / 16) panels of taps * channels rows. Row r of the result is at
/// out + r * out_stride. `depth_step` is the number of rows of the panels that are multiplied at a time, so that they stay
/// in the cache. MK_PRODUCT_ROWS rows are computed at a time, so a multiple of it is best.
void mk_panel_product(const mk_product_rows *left, long rows, const float *panels, long columns, long depth_step,
                      const mk_epilogue *epilogue, float *out, long out_stride);

/// Several products of small matrices: out = left * right for each plane, the planes so many floats apart.
///
/// Rows lie next to each other: `depth` floats each of the left matrix, `columns` (a multiple of 16) of the result. `panels`
/// are the right matrices, packed.
void mk_plane_products(long planes, const float *left, long left_stride, long rows, long depth, const float *panels,
                       long panels_stride, long columns, float *out, long out_stride);

/// sums = left^T * right, plus what they were if `adds`, where right has `columns` (a multiple of 16) columns and rows `right_stride` floats apart; sums
/// has taps * channels rows, `sums_stride` floats apart. `rows` at a time are summed up from zero.
void mk_transposed_product(const mk_product_rows *left, long rows, const float *right, long right_stride, long columns,
                           int adds, float *sums, long sums_stride);

// random

/// out[i] = low + (high - low) * u, with u uniform in [0, 1) from the i-th output of SplitMix64 started at `state`.
void mk_uniform(long n, unsigned long long state, float low, float high, float *out);

/// Normal numbers by Box and Muller's transform, the pair out[2 i], out[2 i + 1] from the outputs 2 i and 2 i + 1 of SplitMix64
/// started at `state`.
void mk_normal(long pairs, unsigned long long state, float mean, float deviation, float *out);

// recurrent

/// A step of an LSTM for some rows.
///
/// `gates` holds the sums for the input, forget, cell and output gate, `hidden` each, and becomes the gates themselves, in place:
/// i = sigmoid, f = sigmoid, g = tanh, o = sigmoid. cell = f * before + i * g; reach = tanh(cell); state = o * reach. Rows lie one
/// after the other.
void mk_lstm_step(long rows, long hidden, float *gates, const float *before, float *cell, float *reach, float *state);

/// The gradient of mk_lstm_step.
///
/// `gates`, `before` and `reach` are as it left them. `by_state` is the gradient by the state, `by_cell` that by the cell from
/// later steps, which becomes that by the cell before. `by_sums` gets the gradient by the sums; it may be `gates`.
void mk_lstm_step_gradient(long rows, long hidden, const float *gates, const float *before, const float *reach,
                           const float *by_state, float *by_cell, float *by_sums);

/// A step of a GRU for some rows, as PyTorch's: the reset gate is applied to the product with the state.
///
/// `gates` holds the input's sums for the reset, update and new gate, `hidden` each, and becomes the gates themselves, in place;
/// `products` holds the state's. r = sigmoid(x + h), z = sigmoid(x + h), n = tanh(x + r * h); state = (1 - z) * n + z * before.
void mk_gru_step(long rows, long hidden, float *gates, const float *products, const float *before, float *state);

/// The gradient of mk_gru_step.
///
/// `gates`, `products` and `before` are as it left them. `by_state` is the gradient by the state, and becomes the part of that by
/// the state before that does not go by way of the products. `by_input` gets the gradient by the input's sums, `by_products` that
/// by the state's.
void mk_gru_step_gradient(long rows, long hidden, const float *gates, const float *products, const float *before,
                          float *by_state, float *by_input, float *by_products);

// reduce

/// The sum of x[0 ..< n].
double mk_sum(long n, const float *x);

/// The sum of x[i] * y[i], whose products neither overflow nor underflow.
double mk_dot(long n, const float *x, const float *y);

/// sums[c] += the sum over the rows of x[r, c]; x is rows x columns, contiguous.
void mk_sum_columns(long rows, long columns, const float *x, double *sums);

/// The largest or smallest of x[0 ..< n], n > 0; NaN if there is one.
float mk_extreme(mk_extreme_op op, long n, const float *x);

/// out[c] = the largest or smallest of out[c] and every x[r, c].
void mk_extreme_columns(mk_extreme_op op, long rows, long columns, const float *x, float *out);

/// The index of the first largest of x[i * stride], i < n, n > 0; the first NaN if there is one.
long mk_argmax(long n, const float *x, long stride);

// strided

/// Walks the first `rank` axes of `shape` for the outermost indices begin ..< end, and copies element by element:
/// `packed` is contiguous in the order of the walk, `strided` is addressed with `strides` (in elements).
void mk_gather_strided(int rank, const long *shape, const long *strides, long begin, long end, const float *strided,
                       float *packed);

/// The way back: from `packed` to `strided`.
void mk_scatter_strided(int rank, const long *shape, const long *strides, long begin, long end, const float *packed,
                        float *strided);

// throughput

/// Does `rounds` times 24 multiply-adds of 16 floats each, none of which waits for its neighbours, and gives their sum.
float mk_multiply_adds(long rounds);

// winograd

/// B^T d B of patches: pointers[i * stride + t] is pixel i of tile t's patch.
void mk_winograd_input(int tile, const float *const *pointers, long stride, long tiles, long channels, float *planes,
                       long plane_stride);

/// A^T m A of the tiles begin ..< end, and the epilogue, whose addend is images like the result, written to the images.
void mk_winograd_output(int tile, const mk_winograd_grid *grid, long begin, long end, const float *planes,
                        long plane_stride, const mk_epilogue *epilogue, float *images);

/// G g G^T of the weight [3, 3, inputs, outputs] for the output channels 16 * begin ..< 16 * end, as panels of 16 columns and
/// `inputs` rows in each plane. If `transposed`, the weight is [3, 3, outputs, inputs] and turned by 180 degrees.
void mk_winograd_weight(int tile, const float *weight, int transposed, long inputs, long outputs, long begin, long end,
                        float *planes, long plane_stride);

/// For F(4x4, 3x3): A y A^T of the tiles begin ..< end of the gradient by the output: what `mk_winograd_output` does to gradients.
void mk_winograd_output_gradient(const mk_winograd_grid *grid, long begin, long end, const float *images,
                                 float *planes, long plane_stride);

/// For F(4x4, 3x3): G^T u G for the input channels begin ..< end: planes of inputs x outputs become the gradient [3, 3, inputs, outputs].
void mk_winograd_weight_gradient(const float *planes, long plane_stride, long inputs, long outputs, long begin,
                                 long end, float *gradient);
