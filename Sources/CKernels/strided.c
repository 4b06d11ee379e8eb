#define MK_FAMILY "strided_kernels.h"
#include "vectors.h"
#include "variants.h"
