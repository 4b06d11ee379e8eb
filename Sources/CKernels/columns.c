#define MK_FAMILY "columns_kernels.h"
#include "variants.h"
