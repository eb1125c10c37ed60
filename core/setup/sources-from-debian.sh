#!/bin/bash
# Third-party source trees without root and without touching the system: upstream's archives from the
# pool of this machine's Debian mirror, checked against core/cmake/third_party/sources.txt, and ONNX's
# .proto files from its Python wheel. FOLDER/sources.cmake tells CMake's FetchContent where they are.
# usage: sources-from-debian.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$1"
mirror=$("$here/debian-mirror.sh")
declare -A archive

fetch() { # NAME SHA256 PATH-IN-POOL
  archive[$1]=${3##*/}
  /usr/lib/apt/apt-helper -qq -o APT::Sandbox::User="$(id -un)" \
    download-file "$mirror/pool/main/$3" "$PWD/${3##*/}" "SHA256:$2"
}
unpack() { # NAME [PATH...]: the archive's tree, or only these paths of it, as the folder NAME
  local name=$1
  shift
  mkdir "$name"
  tar -xf "${archive[$name]}" -C "$name" --strip-components=1 --wildcards "$@"
  rm "${archive[$name]}"
  echo "set(FETCHCONTENT_SOURCE_DIR_${name^^} $PWD/$name CACHE PATH \"\")" >> sources.cmake
}

while read -r name sha256 _ path; do
  case "$name $path" in
    \#* | *" -" | " ") ;;
    *) fetch "$name" "$sha256" "$path" ;;
  esac
done < "$here/../cmake/third_party/sources.txt"
# Debian's archive of stb leaves out files that are not free; the header is upstream's.
fetch stb 6949c8ff9f86d982cff1b384f1301a731cbaf3b3fa4d1728c7b48a02386d31d8 \
  'libs/libstb/libstb_0.0~git20220908.8b5f1f3+ds.orig.tar.xz'

unpack json '*/include'
unpack highway '*/hwy/*.h' '*/hwy/*.cc'
unpack protobuf '*/src/google' '*/cmake'
unpack googletest '*/googletest'
unpack benchmark '*/include' '*/src'
unpack stb '*/stb_image.h'
unpack webp '*/src/*/*.h' '*/src/dec' '*/src/dsp' '*/src/utils'

python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d . onnx==1.20.1
python3 - onnx-*.whl <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall("onnx", [n for n in wheel.namelist() if n.endswith(".proto")])
PYTHON
rm onnx-*.whl
echo "set(FETCHCONTENT_SOURCE_DIR_ONNX $PWD/onnx CACHE PATH \"\")" >> sources.cmake
