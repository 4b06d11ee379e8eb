#define MK_FAMILY "throughput_kernels.h"
#include "vectors.h"
#include "variants.h"

float mk_multiply_adds(long rounds) { MK_DISPATCH(mk_multiply_adds, (rounds)) }
