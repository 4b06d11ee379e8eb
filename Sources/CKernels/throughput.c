#define MK_FAMILY "throughput_kernels.h"
#include "vectors.h"
#include "variants.h"
