// Copies between contiguous arrays and strided views: permutations, slices, padding.
#pragma once

enum { MK_MAXIMUM_RANK = 16 };
