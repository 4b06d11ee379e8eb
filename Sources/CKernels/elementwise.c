#define MK_FAMILY "elementwise_kernels.h"
#include "variants.h"

const char *mk_binary_name(mk_binary_op op) {
    switch (op) {
#define NAME_CASE(operation, name, expression) \
    case operation: return name;
        MK_BINARY_OPERATIONS(NAME_CASE)
#undef NAME_CASE
    }
}
