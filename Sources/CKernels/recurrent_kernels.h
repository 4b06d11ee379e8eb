// A step of a recurrent layer, and its gradient: what is done to the sums of products.

#include "function_kernels.h"

/// A step of an LSTM for some rows.
///
/// `gates` holds the sums for the input, forget, cell and output gate, `hidden` each, and becomes the gates themselves, in place:
/// i = sigmoid, f = sigmoid, g = tanh, o = sigmoid. cell = f * before + i * g; reach = tanh(cell); state = o * reach. Rows lie one
/// after the other.
KERNEL(void mk_lstm_step)(long rows, long hidden, float *gates, const float *before, float *cell, float *reach,
                          float *state) {
    for (long r = 0; r < rows; r++) {
        float *restrict i = gates, *restrict f = gates + hidden, *restrict g = f + hidden, *restrict o = g + hidden;
        for (long c = 0; c < hidden; c++) i[c] = MK_CALL(sigmoid1)(i[c]);
        for (long c = 0; c < hidden; c++) f[c] = MK_CALL(sigmoid1)(f[c]);
        for (long c = 0; c < hidden; c++) g[c] = MK_CALL(tanh1)(g[c]);
        for (long c = 0; c < hidden; c++) o[c] = MK_CALL(sigmoid1)(o[c]);
        for (long c = 0; c < hidden; c++) {
            float value = f[c] * before[c] + i[c] * g[c];
            float far = MK_CALL(tanh1)(value);
            cell[c] = value;
            reach[c] = far;
            state[c] = o[c] * far;
        }
        gates += 4 * hidden, before += hidden, cell += hidden, reach += hidden, state += hidden;
    }
}

/// The gradient of mk_lstm_step.
///
/// `gates`, `before` and `reach` are as it left them. `by_state` is the gradient by the state, `by_cell` that by the cell from
/// later steps, which becomes that by the cell before. `by_sums` gets the gradient by the sums; it may be `gates`.
KERNEL(void mk_lstm_step_gradient)(long rows, long hidden, const float *gates, const float *before, const float *reach,
                                   const float *by_state, float *by_cell, float *by_sums) {
    for (long r = 0; r < rows; r++) {
        const float *i = gates, *f = gates + hidden, *g = f + hidden, *o = g + hidden;
        float *di = by_sums, *df = by_sums + hidden, *dg = df + hidden, *d_o = dg + hidden;
        for (long c = 0; c < hidden; c++) {
            float in = i[c], keep = f[c], value = g[c], out = o[c], far = reach[c];
            float cell = by_cell[c] + by_state[c] * out * (1.0f - far * far);
            di[c] = cell * value * in * (1.0f - in);
            df[c] = cell * before[c] * keep * (1.0f - keep);
            dg[c] = cell * in * (1.0f - value * value);
            d_o[c] = by_state[c] * far * out * (1.0f - out);
            by_cell[c] = cell * keep;
        }
        gates += 4 * hidden, by_sums += 4 * hidden;
        before += hidden, reach += hidden, by_state += hidden, by_cell += hidden;
    }
}

/// A step of a GRU for some rows, as PyTorch's: the reset gate is applied to the product with the state.
///
/// `gates` holds the input's sums for the reset, update and new gate, `hidden` each, and becomes the gates themselves, in place;
/// `products` holds the state's. r = sigmoid(x + h), z = sigmoid(x + h), n = tanh(x + r * h); state = (1 - z) * n + z * before.
KERNEL(void mk_gru_step)(long rows, long hidden, float *gates, const float *products, const float *before, float *state) {
    for (long row = 0; row < rows; row++) {
        float *restrict r = gates, *restrict z = gates + hidden, *restrict n = z + hidden;
        const float *hr = products, *hz = products + hidden, *hn = hz + hidden;
        for (long c = 0; c < hidden; c++) r[c] = MK_CALL(sigmoid1)(r[c] + hr[c]);
        for (long c = 0; c < hidden; c++) z[c] = MK_CALL(sigmoid1)(z[c] + hz[c]);
        for (long c = 0; c < hidden; c++) n[c] = MK_CALL(tanh1)(n[c] + r[c] * hn[c]);
        for (long c = 0; c < hidden; c++) state[c] = n[c] + z[c] * (before[c] - n[c]);
        gates += 3 * hidden, products += 3 * hidden, before += hidden, state += hidden;
    }
}

/// The gradient of mk_gru_step.
///
/// `gates`, `products` and `before` are as it left them. `by_state` is the gradient by the state, and becomes the part of that by
/// the state before that does not go by way of the products. `by_input` gets the gradient by the input's sums, `by_products` that
/// by the state's.
KERNEL(void mk_gru_step_gradient)(long rows, long hidden, const float *gates, const float *products,
                                  const float *before, float *by_state, float *by_input, float *by_products) {
    for (long row = 0; row < rows; row++) {
        const float *r = gates, *z = gates + hidden, *n = z + hidden, *hn = products + 2 * hidden;
        for (long c = 0; c < hidden; c++) {
            float reset = r[c], update = z[c], fresh = n[c], outer = by_state[c];
            float by_new = outer * (1.0f - update) * (1.0f - fresh * fresh);
            float by_reset = by_new * hn[c] * reset * (1.0f - reset);
            float by_update = outer * (before[c] - fresh) * update * (1.0f - update);
            by_input[c] = by_reset, by_input[hidden + c] = by_update, by_input[2 * hidden + c] = by_new;
            by_products[c] = by_reset, by_products[hidden + c] = by_update;
            by_products[2 * hidden + c] = by_new * reset;
            by_state[c] = outer * update;
        }
        gates += 3 * hidden, products += 3 * hidden, by_input += 3 * hidden, by_products += 3 * hidden;
        before += hidden, by_state += hidden;
    }
}
