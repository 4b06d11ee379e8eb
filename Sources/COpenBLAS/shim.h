// OpenBLAS's CBLAS interface and LAPACKE: Debian's libopenblas-dev and liblapacke-dev, or Homebrew's openblas.
#pragma once
#include <cblas.h>
#include <lapacke.h>
