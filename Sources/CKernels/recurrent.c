#define MK_FAMILY "recurrent_kernels.h"
#include "variants.h"
