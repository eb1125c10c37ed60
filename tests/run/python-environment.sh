#!/bin/sh
# A Python environment with the packages that tests compare with.
# usage: python-environment.sh FOLDER REQUIREMENTS
set -eu
python3 -m venv "$1"
"$1/bin/python" -m pip install -q --disable-pip-version-check --only-binary :all: -r "$2"
