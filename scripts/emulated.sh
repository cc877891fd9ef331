#!/usr/bin/env bash
# Runs tests as they would run on other processors: the lists natively as 386,
# and through qemu, which the kernel starts for foreign programs, every package
# as arm64 and the lists as arm.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0

echo "386: lists"
GOARCH=386 go test ./cache/...

echo "arm64: all packages"
go list ./... | grep -vxE 'portcullis|portcullis/firmware/cmd/portcullis' | GOARCH=arm64 xargs go test -short

echo "arm: lists"
GOARCH=arm GOARM=7 go test -short ./cache/...
