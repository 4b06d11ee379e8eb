#define MK_FAMILY "reduce_kernels.h"
#include "variants.h"
