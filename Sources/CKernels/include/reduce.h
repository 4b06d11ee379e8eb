// Reductions over rows and columns. Sums are made in double precision, so that they have all the digits that float has.
#pragma once

typedef enum { MK_REDUCE_MAXIMUM, MK_REDUCE_MINIMUM } mk_extreme_op;
