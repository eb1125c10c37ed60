#!/bin/sh
# Prints the address of the Debian mirror that this machine's apt is set up with.
set -eu
if [ -n "${DEBIAN_MIRROR:-}" ]; then echo "$DEBIAN_MIRROR"; exit; fi
mirror=$(apt-get update --print-uris 2>/dev/null |
  sed -n "s|^'\(.*\)/dists/.*InRelease' .*|\1|p" | grep -v security | head -1)
if [ -z "$mirror" ]; then
  echo "apt names no Debian mirror; set DEBIAN_MIRROR to one" >&2
  exit 1
fi
echo "$mirror"
