#define MK_FAMILY "normalization_kernels.h"
#include "vectors.h"
#include "variants.h"
