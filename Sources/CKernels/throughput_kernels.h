// The machine's highest throughput, for measurements to be held against.

// Half of the registers hold sums, so that each has been written back when its next turn comes.
#if MK_LEVEL == MK_LEVEL_AVX512
enum { MK_JOIN(throughput_sums, MK_SUFFIX) = 24 };
#elif MK_LEVEL == MK_LEVEL_AVX2
enum { MK_JOIN(throughput_sums, MK_SUFFIX) = 6 };
#else
enum { MK_JOIN(throughput_sums, MK_SUFFIX) = 3 };
#endif

/// Does `rounds` times 24 multiply-adds of 16 floats each, none of which waits for its neighbours, and gives their sum.
KERNEL(float mk_multiply_adds)(long rounds) {
    mk_float16 sums[MK_CALL(throughput_sums)];
    volatile float one = 0.999f, other = 0.001f;
    float factor = one, addend = other;
    _Pragma("clang loop unroll(full)") for (int i = 0; i < MK_CALL(throughput_sums); i++)
        sums[i] = (mk_float16){0} + (float)i;
    for (long round = 0; round < rounds * (24 / MK_CALL(throughput_sums)); round++)
        _Pragma("clang loop unroll(full)") for (int i = 0; i < MK_CALL(throughput_sums); i++)
            sums[i] = sums[i] * factor + addend;
    float total = 0;
    for (int i = 0; i < MK_CALL(throughput_sums); i++) total += sums[i][0] + sums[i][15];
    return total;
}
