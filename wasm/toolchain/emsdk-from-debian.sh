#!/bin/sh
# Unpack a newer Debian's Emscripten into DEST, laid out as an upstream emsdk
# (DEST/upstream/emscripten, DEST/upstream/bin), without root, chroot or any
# change to the base system. Needs: apt, dpkg-deb, patchelf, python3, node.
# DEST holds absolute paths: do not move it. DEST must not be a real emsdk.
# usage: emsdk-from-debian.sh DEST [SUITE]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
DEST=$1 SUITE=${2:-forky}
MIRROR=$("$here/../../core/setup/debian-mirror.sh")
mkdir -p "$DEST/apt/etc/preferences.d" "$DEST/apt/lists/partial" "$DEST/apt/cache/archives/partial" "$DEST/root"
DEST=$(cd "$DEST" && pwd); A=$DEST/apt R=$DEST/root
: > "$A/status"
cat > "$A/etc/sources.list" <<S
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR $SUITE main
S
aptx() { c=$1; shift; "$c" -qq -o Dir::Etc="$A/etc" -o Dir::Etc::sourcelist="$A/etc/sources.list" -o Dir::Etc::sourceparts=- \
  -o Dir::Etc::preferencesparts="$A/etc/preferences.d" -o Dir::State="$A" -o Dir::State::lists="$A/lists" -o Dir::State::status="$A/status" \
  -o Dir::Cache="$A/cache" -o APT::Architecture=amd64 -o APT::Architectures=amd64 -o Acquire::Languages=none -o Debug::NoLocking=1 \
  -o APT::Sandbox::User="$(id -un)" "$@"; }
aptx apt-get update
# clang's version and the shared libraries follow from the suite's own package data
V=$(aptx apt-cache show emscripten | sed -n 's/.*[ ,]clang-\([0-9]*\).*/\1/p' | head -1)
LIBS=$(aptx apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  "libllvm$V" "libclang-cpp$V" binaryen | grep -E '^(lib|zlib)' | grep -vE '^(libc6|libgcc-s1)$|:|debconf|libgpg|libpam' | sort -u)
(cd "$A/cache" && aptx apt-get download emscripten node-acorn binaryen clang-$V lld-$V llvm-$V llvm-$V-linker-tools \
  libclang-common-$V-dev libc6 libgcc-s1 $LIBS)
# two at a time: decompressing takes longest; of trixie's 1.6 GB prebuilt sysroot
# keep only what a release build links
find "$A/cache" -name '*.deb' -print0 | xargs -0 -n1 -P2 bash -euo pipefail -c '
  dpkg-deb --fsys-tarfile "$1" | tar -x -C "$0" --exclude="./usr/share/doc" --exclude="./usr/share/man" \
    --exclude="./usr/share/locale" --exclude="*/sysroot/lib/wasm*/*-debug*.a" \
    --exclude="*/sysroot/lib/wasm*/*-asan*.a" --exclude="*/sysroot/lib/wasm*/*-ubsan*.a" \
    --exclude="*/sysroot/lib/wasm*/lto" --exclude="*/sysroot/lib/wasm*/thinlto" \
    --exclude="*/sysroot/lib/wasm*/pic"' "$R"
LD=$(find "$R" -name 'ld-linux-x86-64.so.2' | head -1)
LP="$R/usr/lib/llvm-$V/lib:$R/usr/lib/x86_64-linux-gnu:$R/lib/x86_64-linux-gnu"
for f in "$R"/usr/lib/llvm-$V/bin/* "$R"/usr/bin/wasm*; do
  [ -L "$f" ] && continue
  head -c4 "$f" | grep -q ELF || continue
  # --force-rpath: DT_RPATH also serves the libraries of libraries
  patchelf --set-interpreter "$LD" --force-rpath --set-rpath "$LP" "$f"
done
for f in "$R"/usr/lib/x86_64-linux-gnu/libLLVM*.so.* "$R"/usr/lib/*/lib*/libclang-cpp.so.* "$R"/usr/lib/x86_64-linux-gnu/libclang-cpp.so.*; do
  if [ -f "$f" ] && [ ! -L "$f" ]; then patchelf --force-rpath --set-rpath "$LP" "$f"; fi
done
mkdir -p "$DEST/upstream/bin"
mv "$R/usr/share/emscripten" "$DEST/upstream/emscripten"
mv "$R/usr/share/nodejs" "$DEST/upstream/emscripten/node_modules" # real folder: node resolves symlinks first
for f in "$R"/usr/lib/llvm-$V/bin/* "$R"/usr/bin/wasm*; do ln -sf "$f" "$DEST/upstream/bin/$(basename "$f")"; done
rm -f "$DEST/upstream/emscripten/.emscripten"
# its .js files are CommonJS, whatever a package.json in a folder above says
[ -f "$DEST/upstream/emscripten/package.json" ] || echo '{}' > "$DEST/upstream/emscripten/package.json"
cat > "$DEST/.emscripten" <<S
LLVM_ROOT = '$R/usr/lib/llvm-$V/bin'
BINARYEN_ROOT = '$R/usr'
NODE_JS = '$(command -v node)'
S
if [ "$SUITE" = trixie ]; then echo "FROZEN_CACHE = True" >> "$DEST/.emscripten"; fi
printf 'export EMSDK=%s\nexport PATH=%s/upstream/emscripten:$PATH\n' "$DEST" "$DEST" > "$DEST/emsdk_env.sh"
rm -rf "$A"
"$DEST/upstream/emscripten/emcc" --version
