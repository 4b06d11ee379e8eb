#define MK_FAMILY "depthwise_kernels.h"
#include "variants.h"
