// Copies between contiguous arrays and strided views: permutations, slices, padding.
#pragma once

enum { MK_MAXIMUM_RANK = 16 };

/// Walks the first `rank` axes of `shape` for the outermost indices begin ..< end, and copies element by element:
/// `packed` is contiguous in the order of the walk, `strided` is addressed with `strides` (in elements).
void mk_gather_strided(int rank, const long *shape, const long *strides, long begin, long end, const float *strided,
                       float *packed);
void mk_scatter_strided(int rank, const long *shape, const long *strides, long begin, long end, const float *packed,
                        float *strided);
