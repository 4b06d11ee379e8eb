#define MK_FAMILY "optimizer_kernels.h"
#include "variants.h"
