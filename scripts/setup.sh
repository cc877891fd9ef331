#!/usr/bin/env bash
# Installs what `make check` needs beyond Go: Chromium and Node for the browser
# tests, a simulated TPM for the keys of devices, a software token for those of
# publishers (and a C compiler, without which Go speaks to no token), PostgreSQL
# for registries, qemu for the tests on other processors, registered with the
# kernel so that a test may start programs of its own, and for the machine whose
# hardware tests pull and plug in.
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
need qemu-system-aarch64 qemu-system-arm # the guest machine
need xz xz-utils # its kernel's modules
[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing+=(debian-archive-keyring) # who signs it
need swtpm swtpm # a TPM for the keys of devices
need softhsm2-util softhsm2 # a token for the keys of publishers
need gcc gcc && [ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
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
