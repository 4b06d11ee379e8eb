#define MK_FAMILY "pooling_kernels.h"
#include "vectors.h"
#include "variants.h"
