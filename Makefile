# Everything that is done to the project is a target here; CI calls nothing else.

GO       ?= go
BIN      := bin
PROGRAMS := ./firmware/cmd/portcullis ./central/cmd/portcullis-central
BUILD    := CGO_ENABLED=0 $(GO) build -trimpath
FUZZTIME ?= 30s
OUT      ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check build race guest cross emulated browser fuzz soak-lists soak-readers golden bench bench-mrz bench-lists bench-readers bench-sync screenshots setup fmt fmt-check vet lint clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## show the whole on this machine: central, device, reader, officer's page
	$(BIN)/portcullis demo

build: ## build both programs into bin/
	@mkdir -p $(BIN)
	$(BUILD) -o $(BIN)/ $(PROGRAMS)

test: ## run every test that needs nothing but Go
	$(GO) test ./...

check: setup fmt-check vet lint race guest browser emulated cross ## what CI runs: installs what it needs, skips nothing

race: ## the tests with the race detector; nothing is skipped but what guest runs
	PORTCULLIS_REQUIRE=1 $(GO) test -race -timeout 30m $$($(GO) list ./... | grep -v /scripts/guest$$)

guest: ## readers pulled, lines, a keyboard and the watchdog in an emulated machine; fetches a kernel once
	PORTCULLIS_REQUIRE=1 $(GO) test -race -count=1 -v -timeout 20m ./scripts/guest

browser: build ## drive both pages in Chromium against the demo
	scripts/browser.sh

emulated: ## the list tests as 386; under qemu those of a device's packages as arm64, and the store's as arm
	scripts/emulated.sh

cross: ## build both programs for every platform
	@for target in linux/amd64 linux/arm64 linux/arm; do \
		echo "build $$target"; \
		GOOS=$${target%/*} GOARCH=$${target#*/} $(BUILD) -o /dev/null $(word 1,$(PROGRAMS)) && \
		GOOS=$${target%/*} GOARCH=$${target#*/} $(BUILD) -o /dev/null $(word 2,$(PROGRAMS)) || exit 1; \
	done

setup: ## install what the full check needs beyond Go (Debian; needs root)
	scripts/setup.sh

fmt: ## format the code
	gofmt -w .

fmt-check:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "not formatted: run make fmt"; exit 1; }

vet:
	$(GO) vet ./...

lint:
	$(GO) tool staticcheck ./...

fuzz: ## run each fuzz target for FUZZTIME (30s)
	scripts/fuzz.sh $(FUZZTIME)

soak-lists: ## kill a process that works on the lists ROUNDS (1000) times, look at the whole store after each; then more faults
	CACHE_SOAK_ROUNDS=$(or $(ROUNDS),1000) $(GO) test -count=1 -timeout 6h -v -run '^(TestAThousandKillsLoseNothing|TestAFailingDisk.*|TestAFileOfTheStore.*|TestADiskThat.*)$$' ./cache

soak-readers: ## unplug a reader ROUNDS (1000) times on each kind of serial port, then say what the absent one costs
	READER_SOAK_ROUNDS=$(or $(ROUNDS),1000) $(GO) test -count=1 -timeout 6h -v -run '^TestAReaderIsUnpluggedAThousandTimes$$' ./drivers/reader

golden: ## rewrite the golden files, and show what changed
	$(GO) test ./firmware/... ./drivers/... -update
	git diff --stat

bench: ## print the figures; OUT=FILE writes them as JSON, N=1000000 is how many records
	$(GO) run ./scripts/bench $(if $(OUT),-out $(OUT)) $(if $(N),-n $(N))

bench-mrz: ## the part of bench for the parser and the repair; OUT=FILE writes JSON
	$(GO) run ./scripts/bench -only mrz $(if $(OUT),-out $(OUT))

bench-lists: ## the part of bench for the lists; N=5000000 is how many records, a device has 140000000
	$(GO) run ./scripts/bench -only lists -n $(or $(N),5000000) $(if $(OUT),-out $(OUT))

bench-readers: ## the part of bench for the kinds of reader; OUT=FILE writes JSON
	$(GO) run ./scripts/bench -only readers -n $(or $(N),100000) $(if $(OUT),-out $(OUT))

bench-sync: ## the part of bench for how lists come to devices; N=1000000 is how many records are published
	$(GO) run ./scripts/bench -only sync $(if $(N),-n $(N)) $(if $(OUT),-out $(OUT))

screenshots: build ## take the pictures of the documentation from the real pages
	scripts/browser.sh screenshots

clean: ## remove what was built
	rm -rf $(BIN) firmware/console/browser/node_modules
