// What the machine can do at best, for measurements to be held against.
#pragma once

/// Does `rounds` times 24 multiply-adds of 16 floats each, none of which waits for its neighbours, and gives their sum.
float mk_multiply_adds(long rounds);
