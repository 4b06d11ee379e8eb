// The square root as an instruction: `sqrtf` may set errno, which keeps a loop from being vectorised.
#define ROOT(x) __builtin_elementwise_sqrt(x)

/// value -= rate * step, with g + decay * value for the gradient. Without momentum `velocity` is null.
KERNEL(void mk_sgd)(mk_sgd_options o, long n, const float *restrict gradient, float *restrict velocity,
                    float *restrict value) {
    if (!velocity) {
        for (long i = 0; i < n; i++) value[i] -= o.learning_rate * (gradient[i] + o.weight_decay * value[i]);
    } else if (o.nesterov == 0) {
        for (long i = 0; i < n; i++) {
            float g = gradient[i] + o.weight_decay * value[i];
            float v = o.keep * velocity[i] + o.take * g;
            velocity[i] = v;
            value[i] -= o.learning_rate * v;
        }
    } else {
        for (long i = 0; i < n; i++) {
            float g = gradient[i] + o.weight_decay * value[i];
            float v = o.keep * velocity[i] + o.take * g;
            velocity[i] = v;
            value[i] -= o.learning_rate * (g + o.nesterov * v);
        }
    }
}

/// value = shrink * value - step_size * mean / (sqrt(squares) * root_correction + epsilon), after both averages have taken up
/// the gradient. Where `largest` is not null, the largest squares so far stand for the squares (AMSGrad).
KERNEL(void mk_adam)(mk_adam_options o, long n, const float *restrict gradient, float *restrict mean,
                     float *restrict squares, float *restrict largest, float *restrict value) {
    if (largest) {
        for (long i = 0; i < n; i++) {
            float g = gradient[i] + o.weight_decay * value[i];
            float m = mean[i] + (1.0f - o.beta1) * (g - mean[i]);
            float s = o.beta2 * squares[i] + (1.0f - o.beta2) * g * g;
            float top = largest[i] > s ? largest[i] : s;
            mean[i] = m;
            squares[i] = s;
            largest[i] = top;
            value[i] = o.shrink * value[i] - o.step_size * (m / (ROOT(top) * o.root_correction + o.epsilon));
        }
    } else {
        for (long i = 0; i < n; i++) {
            float g = gradient[i] + o.weight_decay * value[i];
            float m = mean[i] + (1.0f - o.beta1) * (g - mean[i]);
            float s = o.beta2 * squares[i] + (1.0f - o.beta2) * g * g;
            mean[i] = m;
            squares[i] = s;
            value[i] = o.shrink * value[i] - o.step_size * (m / (ROOT(s) * o.root_correction + o.epsilon));
        }
    }
}

// The parts of the four loops below: the average square, the variance about the mean for it, and the step.
#define AVERAGE_SQUARE \
    float g = gradient[i] + o.weight_decay * value[i]; \
    float s = o.alpha * squares[i] + (1.0f - o.alpha) * g * g; \
    squares[i] = s;

#define CENTERED \
    float m = mean[i] + (1.0f - o.alpha) * (g - mean[i]); \
    mean[i] = m; \
    s = s > m * m ? s - m * m : 0;  /* never below 0 by rounding */

#define STEP value[i] -= o.learning_rate * (g / (ROOT(s) + o.epsilon));

#define STEP_WITH_MOMENTUM \
    float v = o.momentum * velocity[i] + g / (ROOT(s) + o.epsilon); \
    velocity[i] = v; \
    value[i] -= o.learning_rate * v;

/// value -= rate * gradient / (sqrt(squares - mean^2) + epsilon). `mean` is null unless centered, `velocity` without momentum.
KERNEL(void mk_rmsprop)(mk_rmsprop_options o, long n, const float *restrict gradient,
                        float *restrict squares, float *restrict mean, float *restrict velocity,
                        float *restrict value) {
    if (mean && velocity)
        for (long i = 0; i < n; i++) { AVERAGE_SQUARE CENTERED STEP_WITH_MOMENTUM }
    else if (mean)
        for (long i = 0; i < n; i++) { AVERAGE_SQUARE CENTERED STEP }
    else if (velocity)
        for (long i = 0; i < n; i++) { AVERAGE_SQUARE STEP_WITH_MOMENTUM }
    else
        for (long i = 0; i < n; i++) { AVERAGE_SQUARE STEP }
}

#undef STEP_WITH_MOMENTUM
#undef STEP
#undef CENTERED
#undef AVERAGE_SQUARE
#undef ROOT
