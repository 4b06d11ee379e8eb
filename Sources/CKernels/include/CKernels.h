// The inner loops that must vectorise. Everything here works on raw float arrays that the caller owns, allocates
// nothing, and keeps no state but the choice of instruction set. The types that a family of loops takes are in its header;
// the functions of all of them are in kernels.h.
#pragma once

#include "columns.h"
#include "depthwise.h"
#include "elementwise.h"
#include "epilogue.h"
#include "optimizer.h"
#include "pooling.h"
#include "product.h"
#include "reduce.h"
#include "simd_level.h"
#include "strided.h"
#include "winograd.h"

#include "kernels.h"
