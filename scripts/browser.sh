#!/usr/bin/env bash
# Drives the officer's and the traveller's page of the demo in Chromium; with
# "screenshots", takes the pictures of the documentation instead.
set -euo pipefail
cd "$(dirname "$0")/.."
export PORTCULLIS=$PWD/bin/portcullis

cd firmware/console/browser
[ -d node_modules ] || npm ci --no-audit --no-fund --silent
if [ "${1:-}" = screenshots ]; then
	mkdir -p ../../../docs/images
	WAIT=60 node screenshot.mjs "" ../../../docs/images
else
	node --test --test-concurrency=1 officer.test.mjs
fi
