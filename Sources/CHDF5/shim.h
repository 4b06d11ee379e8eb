// HDF5, for Keras's weights.
#pragma once
#include <hdf5.h>
