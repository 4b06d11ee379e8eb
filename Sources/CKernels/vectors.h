// Sixteen floats or ints as one value; the compiler makes one, two or four registers of it, as the instruction set has.
// Macros, not functions: a vector passed to a function would be a question of the calling convention.
#pragma once

typedef float mk_float16 __attribute__((vector_size(64)));
typedef int mk_int16 __attribute__((vector_size(64)));
typedef unsigned char mk_byte16 __attribute__((vector_size(16)));

#define MK_LOAD(vector, address) memcpy(&(vector), (address), sizeof(vector))
#define MK_STORE(address, vector) memcpy((address), &(vector), sizeof(vector))

/// A store past the caches, for what is read only after they have been filled with other things. The address is a multiple of
/// 64. Before another thread reads it, MK_STREAM_END.
#define MK_STREAM(address, vector) __builtin_nontemporal_store(vector, (mk_float16 *)(address))
#if defined(__x86_64__)
#define MK_STREAM_END() __builtin_ia32_sfence()
#else
#define MK_STREAM_END() __sync_synchronize()
#endif

/// `a` where the mask (an integer vector of 0 and -1) is set, else `b`.
#define MK_SELECT(mask, a, b) ((mk_float16)(((mask) & (mk_int16)(a)) | (~(mask) & (mk_int16)(b))))
