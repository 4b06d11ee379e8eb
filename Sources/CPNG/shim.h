// libpng, for reading and writing PNG.
#pragma once
#include <png.h>
