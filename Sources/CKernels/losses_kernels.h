// Losses of classification.

#include "function_kernels.h"

/// powers = exp(x - largest), with 0 for the first element that is the largest; returns their sum. Without that element's 1
/// the sum keeps its precision where one class is all but certain.
static inline double MK_CALL(powers_but_largest)(long n, const float *restrict x, float largest,
                                                 float *restrict powers) {
    for (long i = 0; i < n; i++) powers[i] = MK_CALL(exp1)(x[i] - largest);
    long position = 0;
    while (position < n - 1 && x[position] != largest) position++;
    powers[position] -= 1.0f;
    double sum = 0;
    for (long start = 0; start < n; start += 512) {
        long end = start + 512 < n ? start + 512 : n;
        float run = 0;
        {
#pragma clang fp reassociate(on)
            for (long i = start; i < end; i++) run += powers[i];
        }
        sum += run;
    }
    powers[position] += 1.0f;
    return sum;
}

/// The cross-entropy of each row of logits, and its gradient.
///
/// With the target t[c] = weights[c] * ((c == label) * (1 - smoothing) + smoothing / classes):
/// losses[r] = -sum of t[c] * log softmax(logits[r])[c], gradient[r, c] = sum of t * softmax(logits[r])[c] - t[c].
///
/// `logits` and `gradient` are rows x columns, contiguous. `weights` is null for ones, `gradient` null where nobody needs it.
/// `work` has room for a row.
KERNEL(void mk_cross_entropy)(long rows, long classes, const float *logits, const long *labels, const float *weights,
                              float smoothing, float *work, float *losses, float *gradient) {
    float even = smoothing / (float)classes;
    for (long r = 0; r < rows; r++, logits += classes) {
        long label = labels[r];
        float hit = (1.0f - smoothing) * (weights ? weights[label] : 1.0f);
        float largest = logits[0];
        for (long c = 1; c < classes; c++) largest = (logits[c] > largest || logits[c] != logits[c]) ? logits[c] : largest;
        float *powers = gradient ? gradient + r * classes : work;
        double others = MK_CALL(powers_but_largest)(classes, logits, largest, powers);
        double log_sum = log1p(others);

        double loss = (double)hit * ((double)largest - logits[label] + log_sum);
        double target_sum = hit;
        if (smoothing != 0) {
            double distances = 0, weight_sum = 0;
            for (long c = 0; c < classes; c++) {
                double weight = weights ? weights[c] : 1.0f;
                distances += weight * ((double)largest - logits[c]);
                weight_sum += weight;
            }
            loss += even * (distances + weight_sum * log_sum);
            target_sum += even * weight_sum;
        }
        losses[r] = (float)loss;

        if (!gradient) continue;
        float scale = (float)(target_sum / (1.0 + others));
        if (smoothing == 0)
            for (long c = 0; c < classes; c++) powers[c] *= scale;
        else if (weights)
            for (long c = 0; c < classes; c++) powers[c] = powers[c] * scale - even * weights[c];
        else
            for (long c = 0; c < classes; c++) powers[c] = powers[c] * scale - even;
        powers[label] -= hit;
    }
}
