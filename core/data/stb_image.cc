// The implementation of the decoder. Its vector paths round differently from its scalar ones, which
// would make pixels depend on the machine; only the scalar ones are built.
#define STB_IMAGE_IMPLEMENTATION
#include "data/stb_image_options.h"
