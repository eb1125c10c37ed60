# stb_image.h, MIT or public domain; the state of 2022-09-08.
third_party_download(stb
  https://github.com/nothings/stb/archive/8b5f1f37b5b75829fc72d38e7b5d4bcbf8a26d55.tar.gz)
third_party_target(stb_image INCLUDES ${stb_SOURCE_DIR})
