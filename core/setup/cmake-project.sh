#!/bin/sh
# Build a CMake project in a cache folder. The project is copied there first: the folder serves every
# clone, and the one it came from may be deleted.
# usage: cmake-project.sh FOLDER TREE PROJECT-IN-TREE CMAKE-ARGUMENT...
set -eu
folder=$1 tree=$2 project=$3
shift 3
cp -r "$tree" "$folder/project"
cmake "$@" -S "$folder/project/$project" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release
ninja -C "$folder"
