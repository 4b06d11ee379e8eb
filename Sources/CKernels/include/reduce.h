// Reductions over rows and columns. Sums are accumulated in short float runs that are added up in double precision, so
// that their error does not grow with their length.
#pragma once

typedef enum { MK_REDUCE_MAXIMUM, MK_REDUCE_MINIMUM } mk_extreme_op;
