#!/usr/bin/env bash
# Installs what `make check` needs beyond Go: Chromium and Node for the browser
# tests, a simulated TPM for those of keys, qemu for the tests on other
# processors, registered with the kernel so that a test may start programs of its
# own.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need chromium chromium
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fontconfig fonts-wqy-microhei) # the page's six languages
fc-list 2>/dev/null | grep -q "Liberation Sans" || missing+=(fonts-liberation) # a font as wide as the page is laid out for
need node nodejs
need npm npm
need qemu-aarch64-static qemu-user-static
need update-binfmts binfmt-support
need swtpm swtpm # a TPM for the tests of keys
if ((${#missing[@]})); then
	echo "install ${missing[*]}"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

binfmt=/proc/sys/fs/binfmt_misc
[ -e $binfmt/register ] || mount -t binfmt_misc binfmt_misc $binfmt
for arch in aarch64 arm; do
	[ -e $binfmt/qemu-$arch ] || update-binfmts --enable qemu-$arch
done

(cd firmware/console/browser && npm ci --no-audit --no-fund --silent)
