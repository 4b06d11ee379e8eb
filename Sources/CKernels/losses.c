#define MK_FAMILY "losses_kernels.h"
#include "variants.h"
