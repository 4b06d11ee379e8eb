#define MK_FAMILY "winograd_kernels.h"
#include "vectors.h"
#include "variants.h"
