#define MK_FAMILY "random_kernels.h"
#include "variants.h"
