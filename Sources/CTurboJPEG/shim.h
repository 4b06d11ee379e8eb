// libjpeg-turbo's own interface, for reading JPEG.
#pragma once
#include <turbojpeg.h>
