#define MK_FAMILY "product_kernels.h"
#include "vectors.h"
#include "variants.h"
