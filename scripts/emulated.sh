#!/usr/bin/env bash
# Runs tests as they would run on other processors: the lists natively as 386,
# and through qemu, which the kernel starts for foreign programs, the packages of a
# device as arm64 and the lists as arm. What fetches lists and whom it believes is
# tried as 386 alone: signatures take long there. The settings of Badger are tried with millions
# of entries as 386 and arm, where int has 32 bits.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0

echo "386: lists"
GOARCH=386 go test ./cache/...

echo "arm64: the packages of a device"
go list ./... | grep -vE '^portcullis(|/central/.*|/scripts/.*|/firmware/cmd/portcullis|/cache/sync|/cache/trust)$' | GOARCH=arm64 xargs go test -short

echo "arm: lists"
go list ./cache/... | grep -vE '/cache/(sync|trust)$' | GOARCH=arm GOARM=7 xargs go test -short

echo "arm: settings of Badger, with a million entries"
GOARCH=arm GOARM=7 go test ./cache/engine
