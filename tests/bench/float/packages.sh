#!/bin/sh
# ONNX Runtime for Node and for WebAssembly. Without install scripts: those fetch builds for GPUs.
# usage: packages.sh FOLDER
set -eu
cd "$1"
printf '{ "private": true }\n' > package.json
npm install --ignore-scripts --no-audit --no-fund --loglevel=error onnxruntime-node@1.30 onnxruntime-web@1.30
