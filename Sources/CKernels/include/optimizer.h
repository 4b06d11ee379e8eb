// One step of an optimizer on one parameter: reads the gradient, and changes the value and the running averages in place.
#pragma once

typedef struct {
    float learning_rate, weight_decay;
    // velocity = keep * velocity + take * gradient; the step is along gradient + nesterov * velocity, or along the velocity
    // where `nesterov` is 0.
    float keep, take, nesterov;
} mk_sgd_options;

typedef struct {
    float step_size;        // learning rate / (1 - beta1^t)
    float shrink;           // the value's factor before the step: 1 - rate * decay for AdamW, 1 for Adam
    float weight_decay;     // added to the gradient: Adam's; 0 for AdamW
    float beta1, beta2;
    float root_correction;  // 1 / sqrt(1 - beta2^t)
    float epsilon;
} mk_adam_options;

typedef struct {
    float learning_rate, weight_decay, alpha, epsilon, momentum;
} mk_rmsprop_options;
