// The last steps for a block of a result, while it is still in registers or in the cache.
#pragma once

/// result + bias, then + addend, then the positive part (NaN stays), each where asked for.
typedef struct {
    /// A float for each column, or null.
    const float *bias;
    /// Laid out as the result, or null. It may be the result's own memory, which then becomes the sum.
    const float *addend;
    int relu;
} mk_epilogue;
