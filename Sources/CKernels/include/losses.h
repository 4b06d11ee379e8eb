// Losses of classification.
#pragma once

/// The cross-entropy of each row of logits, and its gradient.
///
/// With the target t[c] = weights[c] * ((c == label) * (1 - smoothing) + smoothing / classes):
/// losses[r] = -sum of t[c] * log softmax(logits[r])[c], gradient[r, c] = sum of t * softmax(logits[r])[c] - t[c].
///
/// `logits` and `gradient` are rows x columns, contiguous. `weights` is null for ones, `gradient` null where nobody needs it.
/// `work` has room for a row.
void mk_cross_entropy(long rows, long classes, const float *logits, const long *labels, const float *weights,
                      float smoothing, float *work, float *losses, float *gradient);
