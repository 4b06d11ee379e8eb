#define MK_FAMILY "strided_kernels.h"
#include "vectors.h"
#include "variants.h"

void mk_gather_strided(int rank, const long *shape, const long *strides, long begin, long end, const float *strided,
                       float *packed) {
    MK_DISPATCH(mk_gather_strided, (rank, shape, strides, begin, end, strided, packed))
}

void mk_scatter_strided(int rank, const long *shape, const long *strides, long begin, long end, const float *packed,
                        float *strided) {
    MK_DISPATCH(mk_scatter_strided, (rank, shape, strides, begin, end, packed, strided))
}
