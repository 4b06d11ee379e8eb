// Made by scripts/generate-kernels.py from the *_kernels.h files: do not edit.

#include "CKernels.h"

// The copy of a kernel for the instruction set in use.
#if defined(__x86_64__)
#define VARIANT(name) \
    (mk_simd_level() == MK_SIMD_AVX512 ? name##_avx512 : mk_simd_level() == MK_SIMD_AVX2 ? name##_avx2 : name##_plain)
#define DECLARE_VARIANTS(name) extern __typeof__(name) name##_plain, name##_avx2, name##_avx512
#else
#define VARIANT(name) name##_plain
#define DECLARE_VARIANTS(name) extern __typeof__(name) name##_plain
#endif

// columns

DECLARE_VARIANTS(mk_gather_columns);
void mk_gather_columns(const mk_window_grid *grid, long begin, long end, const float *images, float *columns) {
    VARIANT(mk_gather_columns)(grid, begin, end, images, columns);
}

DECLARE_VARIANTS(mk_scatter_pixels);
void mk_scatter_pixels(const mk_pixel_grid *grid, long begin, long end, const float *rows, float *images) {
    VARIANT(mk_scatter_pixels)(grid, begin, end, rows, images);
}

DECLARE_VARIANTS(mk_bias_relu);
void mk_bias_relu(long rows, long columns, const float *bias, int relu, float *out) {
    VARIANT(mk_bias_relu)(rows, columns, bias, relu, out);
}

DECLARE_VARIANTS(mk_window_pointers);
void mk_window_pointers(const mk_window_grid *grid, long begin, long end, const float *images, const float *zeros,
                        const float **pointers, long stride) {
    VARIANT(mk_window_pointers)(grid, begin, end, images, zeros, pointers, stride);
}

DECLARE_VARIANTS(mk_window_lines);
void mk_window_lines(const mk_window_grid *grid, long begin, long end, const float *images, float *lines,
                     const float **pointers, long stride) {
    VARIANT(mk_window_lines)(grid, begin, end, images, lines, pointers, stride);
}

// depthwise

DECLARE_VARIANTS(mk_depthwise);
void mk_depthwise(const mk_depthwise_grid *grid, long begin, long end, const float *images, const float *weight,
                  const mk_epilogue *epilogue, float *out) {
    VARIANT(mk_depthwise)(grid, begin, end, images, weight, epilogue, out);
}

DECLARE_VARIANTS(mk_depthwise_input_gradient);
void mk_depthwise_input_gradient(const mk_depthwise_grid *grid, long begin, long end, const float *gradient,
                                 const float *weight, float *out) {
    VARIANT(mk_depthwise_input_gradient)(grid, begin, end, gradient, weight, out);
}

DECLARE_VARIANTS(mk_depthwise_weight_gradient);
void mk_depthwise_weight_gradient(const mk_depthwise_grid *grid, long begin, long end, const float *images,
                                  const float *gradient, float *row_sums, float *sums) {
    VARIANT(mk_depthwise_weight_gradient)(grid, begin, end, images, gradient, row_sums, sums);
}

// elementwise

DECLARE_VARIANTS(mk_binary);
void mk_binary(mk_binary_op op, long rows, long columns, const float *a, long a_row, long a_column, const float *b,
               long b_row, long b_column, float *out) {
    VARIANT(mk_binary)(op, rows, columns, a, a_row, a_column, b, b_row, b_column, out);
}

DECLARE_VARIANTS(mk_unary);
void mk_unary(mk_unary_op op, long n, const float *x, float *out) {
    VARIANT(mk_unary)(op, n, x, out);
}

DECLARE_VARIANTS(mk_affine);
void mk_affine(long n, const float *x, float scale, float offset, float *out) {
    VARIANT(mk_affine)(n, x, scale, offset, out);
}

DECLARE_VARIANTS(mk_clamp);
void mk_clamp(long n, const float *x, float low, float high, float *out) {
    VARIANT(mk_clamp)(n, x, low, high, out);
}

DECLARE_VARIANTS(mk_leaky_relu);
void mk_leaky_relu(long n, const float *x, float slope, float *out) {
    VARIANT(mk_leaky_relu)(n, x, slope, out);
}

DECLARE_VARIANTS(mk_leaky_relu_gradient);
void mk_leaky_relu_gradient(long n, const float *gradient, const float *x, float slope, float *out) {
    VARIANT(mk_leaky_relu_gradient)(n, gradient, x, slope, out);
}

DECLARE_VARIANTS(mk_where);
void mk_where(long n, const float *condition, const float *a, const float *b, float *out) {
    VARIANT(mk_where)(n, condition, a, b, out);
}

DECLARE_VARIANTS(mk_add_scaled);
void mk_add_scaled(long n, float scale, const float *x, float *y) {
    VARIANT(mk_add_scaled)(n, scale, x, y);
}

// losses

DECLARE_VARIANTS(mk_cross_entropy);
void mk_cross_entropy(long rows, long classes, const float *logits, const long *labels, const float *weights,
                      float smoothing, float *work, float *losses, float *gradient) {
    VARIANT(mk_cross_entropy)(rows, classes, logits, labels, weights, smoothing, work, losses, gradient);
}

// mask

DECLARE_VARIANTS(mk_positive_bits);
void mk_positive_bits(long n, const float *x, unsigned short *bits) {
    VARIANT(mk_positive_bits)(n, x, bits);
}

DECLARE_VARIANTS(mk_select_bits);
void mk_select_bits(long n, const unsigned short *bits, const float *x, float *out) {
    VARIANT(mk_select_bits)(n, bits, x, out);
}

// normalization

DECLARE_VARIANTS(mk_column_moments);
void mk_column_moments(long rows, long columns, const float *x, double *mean, double *deviation) {
    VARIANT(mk_column_moments)(rows, columns, x, mean, deviation);
}

DECLARE_VARIANTS(mk_normalize_columns);
void mk_normalize_columns(long rows, long columns, const float *x, const float *mean, const float *scale,
                          const float *shift, const float *addend, int relu, float *out) {
    VARIANT(mk_normalize_columns)(rows, columns, x, mean, scale, shift, addend, relu, out);
}

DECLARE_VARIANTS(mk_normalize_gradient_sums);
void mk_normalize_gradient_sums(long rows, long columns, const float *dy, const float *x, const float *mean,
                                double *sums, double *products) {
    VARIANT(mk_normalize_gradient_sums)(rows, columns, dy, x, mean, sums, products);
}

DECLARE_VARIANTS(mk_normalize_gradient);
void mk_normalize_gradient(long rows, long columns, const float *dy, const float *x, const float *mean,
                           const float *scale, const float *mean_dy, const float *slope, float *dx) {
    VARIANT(mk_normalize_gradient)(rows, columns, dy, x, mean, scale, mean_dy, slope, dx);
}

DECLARE_VARIANTS(mk_normalize_columns_bits);
void mk_normalize_columns_bits(long rows, long columns, const float *x, const float *mean, const float *scale,
                               const float *shift, const float *addend, float *out, unsigned short *bits) {
    VARIANT(mk_normalize_columns_bits)(rows, columns, x, mean, scale, shift, addend, out, bits);
}

DECLARE_VARIANTS(mk_normalize_gradient_sums_bits);
void mk_normalize_gradient_sums_bits(long rows, long columns, const float *dy, const unsigned short *bits,
                                     const float *x, const float *mean, float *selected, double *sums,
                                     double *products) {
    VARIANT(mk_normalize_gradient_sums_bits)(rows, columns, dy, bits, x, mean, selected, sums, products);
}

DECLARE_VARIANTS(mk_normalize_gradient_bits);
void mk_normalize_gradient_bits(long rows, long columns, const float *dy, const unsigned short *bits, const float *x,
                                const float *mean, const float *scale, const float *mean_dy, const float *slope,
                                float *dx) {
    VARIANT(mk_normalize_gradient_bits)(rows, columns, dy, bits, x, mean, scale, mean_dy, slope, dx);
}

// optimizer

DECLARE_VARIANTS(mk_sgd);
void mk_sgd(mk_sgd_options o, long n, const float *gradient, float *velocity, float *value) {
    VARIANT(mk_sgd)(o, n, gradient, velocity, value);
}

DECLARE_VARIANTS(mk_adam);
void mk_adam(mk_adam_options o, long n, const float *gradient, float *mean, float *squares, float *largest,
             float *value) {
    VARIANT(mk_adam)(o, n, gradient, mean, squares, largest, value);
}

DECLARE_VARIANTS(mk_rmsprop);
void mk_rmsprop(mk_rmsprop_options o, long n, const float *gradient, float *squares, float *mean, float *velocity,
                float *value) {
    VARIANT(mk_rmsprop)(o, n, gradient, squares, mean, velocity, value);
}

// pooling

DECLARE_VARIANTS(mk_max_pool);
void mk_max_pool(const mk_pool_grid *grid, long begin, long end, const float *images, float *out, void *indices,
                 int wide) {
    VARIANT(mk_max_pool)(grid, begin, end, images, out, indices, wide);
}

DECLARE_VARIANTS(mk_max_pool_gradient);
void mk_max_pool_gradient(const mk_pool_grid *grid, long image, long begin, long end, const float *gradient,
                          const void *indices, int wide, float *out) {
    VARIANT(mk_max_pool_gradient)(grid, image, begin, end, gradient, indices, wide, out);
}

DECLARE_VARIANTS(mk_average_pool);
void mk_average_pool(const mk_pool_grid *grid, long begin, long end, const float *images, float *out) {
    VARIANT(mk_average_pool)(grid, begin, end, images, out);
}

DECLARE_VARIANTS(mk_average_pool_gradient);
void mk_average_pool_gradient(const mk_pool_grid *grid, long image, long begin, long end, const float *gradient,
                              float *out) {
    VARIANT(mk_average_pool_gradient)(grid, image, begin, end, gradient, out);
}

// product

DECLARE_VARIANTS(mk_pack_panel);
void mk_pack_panel(long depth, long width, const float *matrix, long stride, float *panel) {
    VARIANT(mk_pack_panel)(depth, width, matrix, stride, panel);
}

DECLARE_VARIANTS(mk_panel_product);
void mk_panel_product(const mk_product_rows *left, long rows, const float *panels, long columns, long depth_step,
                      const mk_epilogue *epilogue, float *out, long out_stride) {
    VARIANT(mk_panel_product)(left, rows, panels, columns, depth_step, epilogue, out, out_stride);
}

DECLARE_VARIANTS(mk_plane_products);
void mk_plane_products(long planes, const float *left, long left_stride, long rows, long depth, const float *panels,
                       long panels_stride, long columns, float *out, long out_stride) {
    VARIANT(mk_plane_products)(planes, left, left_stride, rows, depth, panels, panels_stride, columns, out, out_stride);
}

DECLARE_VARIANTS(mk_transposed_product);
void mk_transposed_product(const mk_product_rows *left, long rows, const float *right, long right_stride, long columns,
                           int adds, float *sums, long sums_stride) {
    VARIANT(mk_transposed_product)(left, rows, right, right_stride, columns, adds, sums, sums_stride);
}

// random

DECLARE_VARIANTS(mk_uniform);
void mk_uniform(long n, unsigned long long state, float low, float high, float *out) {
    VARIANT(mk_uniform)(n, state, low, high, out);
}

DECLARE_VARIANTS(mk_normal);
void mk_normal(long pairs, unsigned long long state, float mean, float deviation, float *out) {
    VARIANT(mk_normal)(pairs, state, mean, deviation, out);
}

// recurrent

DECLARE_VARIANTS(mk_lstm_step);
void mk_lstm_step(long rows, long hidden, float *gates, const float *before, float *cell, float *reach,
                  float *state) {
    VARIANT(mk_lstm_step)(rows, hidden, gates, before, cell, reach, state);
}

DECLARE_VARIANTS(mk_lstm_step_gradient);
void mk_lstm_step_gradient(long rows, long hidden, const float *gates, const float *before, const float *reach,
                           const float *by_state, float *by_cell, float *by_sums) {
    VARIANT(mk_lstm_step_gradient)(rows, hidden, gates, before, reach, by_state, by_cell, by_sums);
}

DECLARE_VARIANTS(mk_gru_step);
void mk_gru_step(long rows, long hidden, float *gates, const float *products, const float *before, float *state) {
    VARIANT(mk_gru_step)(rows, hidden, gates, products, before, state);
}

DECLARE_VARIANTS(mk_gru_step_gradient);
void mk_gru_step_gradient(long rows, long hidden, const float *gates, const float *products, const float *before,
                          float *by_state, float *by_input, float *by_products) {
    VARIANT(mk_gru_step_gradient)(rows, hidden, gates, products, before, by_state, by_input, by_products);
}

// reduce

DECLARE_VARIANTS(mk_sum);
double mk_sum(long n, const float *x) {
    return VARIANT(mk_sum)(n, x);
}

DECLARE_VARIANTS(mk_dot);
double mk_dot(long n, const float *x, const float *y) {
    return VARIANT(mk_dot)(n, x, y);
}

DECLARE_VARIANTS(mk_sum_columns);
void mk_sum_columns(long rows, long columns, const float *x, double *sums) {
    VARIANT(mk_sum_columns)(rows, columns, x, sums);
}

DECLARE_VARIANTS(mk_extreme);
float mk_extreme(mk_extreme_op op, long n, const float *x) {
    return VARIANT(mk_extreme)(op, n, x);
}

DECLARE_VARIANTS(mk_extreme_columns);
void mk_extreme_columns(mk_extreme_op op, long rows, long columns, const float *x, float *out) {
    VARIANT(mk_extreme_columns)(op, rows, columns, x, out);
}

DECLARE_VARIANTS(mk_argmax);
long mk_argmax(long n, const float *x, long stride) {
    return VARIANT(mk_argmax)(n, x, stride);
}

// strided

DECLARE_VARIANTS(mk_gather_strided);
void mk_gather_strided(int rank, const long *shape, const long *strides, long begin, long end, const float *strided,
                       float *packed) {
    VARIANT(mk_gather_strided)(rank, shape, strides, begin, end, strided, packed);
}

DECLARE_VARIANTS(mk_scatter_strided);
void mk_scatter_strided(int rank, const long *shape, const long *strides, long begin, long end, const float *packed,
                        float *strided) {
    VARIANT(mk_scatter_strided)(rank, shape, strides, begin, end, packed, strided);
}

// throughput

DECLARE_VARIANTS(mk_multiply_adds);
float mk_multiply_adds(long rounds) {
    return VARIANT(mk_multiply_adds)(rounds);
}

// winograd

DECLARE_VARIANTS(mk_winograd_input);
void mk_winograd_input(int tile, const float *const *pointers, long stride, long tiles, long channels, float *planes,
                       long plane_stride) {
    VARIANT(mk_winograd_input)(tile, pointers, stride, tiles, channels, planes, plane_stride);
}

DECLARE_VARIANTS(mk_winograd_output);
void mk_winograd_output(int tile, const mk_winograd_grid *grid, long begin, long end, const float *planes,
                        long plane_stride, const mk_epilogue *epilogue, float *images) {
    VARIANT(mk_winograd_output)(tile, grid, begin, end, planes, plane_stride, epilogue, images);
}

DECLARE_VARIANTS(mk_winograd_weight);
void mk_winograd_weight(int tile, const float *weight, int transposed, long inputs, long outputs, long begin, long end,
                        float *planes, long plane_stride) {
    VARIANT(mk_winograd_weight)(tile, weight, transposed, inputs, outputs, begin, end, planes, plane_stride);
}

DECLARE_VARIANTS(mk_winograd_output_gradient);
void mk_winograd_output_gradient(const mk_winograd_grid *grid, long begin, long end, const float *images,
                                 float *planes, long plane_stride) {
    VARIANT(mk_winograd_output_gradient)(grid, begin, end, images, planes, plane_stride);
}

DECLARE_VARIANTS(mk_winograd_weight_gradient);
void mk_winograd_weight_gradient(const float *planes, long plane_stride, long inputs, long outputs, long begin,
                                 long end, float *gradient) {
    VARIANT(mk_winograd_weight_gradient)(planes, plane_stride, inputs, outputs, begin, end, gradient);
}
