// The inner loops that must vectorise. Everything here works on raw float arrays that the caller owns, allocates
// nothing, and keeps no state but the choice of instruction set. Which loop belongs where: one header a family.
#pragma once

#include "columns.h"
#include "depthwise.h"
#include "elementwise.h"
#include "epilogue.h"
#include "losses.h"
#include "mask.h"
#include "normalization.h"
#include "optimizer.h"
#include "pooling.h"
#include "product.h"
#include "random.h"
#include "reduce.h"
#include "simd_level.h"
#include "strided.h"
#include "throughput.h"
#include "winograd.h"
