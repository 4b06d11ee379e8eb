#define MK_FAMILY "mask_kernels.h"
#include "variants.h"
