# The front door. `make` lists what there is; every target runs as it stands, offline after its first run.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
# One flag set for tests, vet and lint, so that they share the build cache. Without prover_checks gnark's test kit
# makes no proof at all. The tag changes nothing outside that kit, so the binary shares the cache too.
TAGS := -tags=prover_checks
TOOL := $(GO) tool -modfile=tools/go.mod
# Reads `go test -json`; fails on a failure, on a skipped test, and when no test ran.
REPORT := $(GO) run -C tools ./testreport

# Where the race detector pays for its build: the core, and the goroutines that write money down. The rest is either
# pure arithmetic in circuits (minutes under the detector) or is raced through these.
RACE_PKGS ?= . ./auction ./vaults ./vaults/slashing ./vaults/risk ./vaults/sequence ./marketplace ./marketplace/sequencer ./marketplace/journal
# Not under the detector: scenarios and what else is one goroutine's and long, with a full check after every event.
RACE_SKIP ?= ^(TestScenarios|TestCopiesAreClearedAsOne|TestABatchIsBounded|TestNeverDeliveringCostsMoreTheLongerThereIsToDeliver|TestEveryCommandAndCauseInEveryProverState|TestEveryCommandInEverySituation|TestRequestsThatCannotWaitAreHastenedAFewAtATime|TestRequestsBelowEveryAskKeepNobodyOutOfABatch|TestWhatIsHeldForABidIsThereWhenItIsCleared|TestWhatSealedAsksSayIsInNoPublicRecordOfAnUnservedRequest|TestRecordsTellWhatWasOverdue|TestUnopenedClearingsAreKeptUntilTheyAreProven)$$
# Rounds that count are run, never answered from the test cache: -count=1.
# The simulators: tests named TestSimulat..., which read the number of seeds, and of crashes in each, from the environment.
SIM_PKGS  ?= ./marketplace/... ./prover/...
SIM_SEEDS ?= 60
SOAK_SEEDS ?= 20000
SOAK_CRASHES ?= 3
# How many cases are tried of each property of stake, and the seed they come from (none: another every time).
SEARCH ?= 100000
SEARCH_SEED ?=
SEARCH_PKGS ?= ./vaults ./vaults/slashing ./vaults/risk
# How often real processes are killed, and the power of their disk is cut.
KILL_ROUNDS ?= 30
POWERCUT_ROUNDS ?= 10
SOAK_KILL_ROUNDS ?= 300
SOAK_POWERCUT_ROUNDS ?= 100
SOAK_FUZZTIME ?= 10m
SOAK_SEARCH ?= 2000000
FUZZTIME  ?= 6s
# What `make fsck` re-verifies.
JOURNAL   ?=
ARGS      ?=

# Hand-written Go files, tracked or not yet.
GO_FILES = git ls-files --cached --others --exclude-standard --deduplicate -- '*.go' ':!*.pb.go' ':!*.connect.go' | \
	while read -r f; do if [ -f "$$f" ]; then echo "$$f"; fi; done
GENERATED := '*.pb.go' '*.connect.go'

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Run

.PHONY: build
build: ## Build bin/vadium
	$(GO) build -o bin/vadium ./cmd/vadium

.PHONY: demo
demo: build ## Run a whole market with real proofs (ARGS=--json for machines)
	bin/vadium demo $(ARGS)

.PHONY: demo-oracle
demo-oracle: build ## Run a proven feed: seven reporters, two of them failing or lying in turn (ARGS=--json for machines)
	bin/vadium oracle demo $(ARGS)

.PHONY: fsck
fsck: ## Re-verify a journal from its first event (JOURNAL=directory)
	@if [ -z "$(JOURNAL)" ]; then echo "fsck: which journal? (make fsck JOURNAL=directory)" >&2; exit 2; fi
	$(MAKE) --no-print-directory build
	bin/vadium journal fsck "$(JOURNAL)"

##@ Release

.PHONY: release
release: ## Build the release into dist/: archive, bill of materials, SHA256SUMS
	GO="$(GO)" .ci/release

.PHONY: release-check
release-check: ## Build the release twice and compare the bytes (COLD=1 with an empty cache)
	GO="$(GO)" .ci/release-check

.PHONY: sbom
sbom: build ## Print the bill of materials of bin/vadium: modules, versions, licences
	$(GO) -C tools run ./sbom "$(CURDIR)/bin/vadium"

.PHONY: vuln
vuln: ## Look the code up in Go's vulnerability database
	GO="$(GO)" .ci/vuln

# What CI runs for `vuln`: it says so when the database cannot be reached, and goes on.
.PHONY: ci-vuln
ci-vuln:
	VULN_OPTIONAL=1 GO="$(GO)" .ci/vuln

##@ Test

.PHONY: test
test: ## Run every test once, real proofs included
	$(GO) test $(TAGS) ./...

.PHONY: race
race: ## Run the core, the sequencer and the journal under the race detector (RACE_PKGS=...)
	$(GO) test -json -race $(TAGS) -skip '$(RACE_SKIP)' $(RACE_PKGS) | $(REPORT)

.PHONY: fuzz
fuzz: ## Fuzz every target for FUZZTIME each (FUZZ_DIRS=./marketplace/rpc for some only)
	GO="$(GO)" TAGS="$(TAGS)" FUZZTIME="$(FUZZTIME)" .ci/fuzz $(FUZZ_DIRS)

.PHONY: circuits
circuits: ## Test the circuits with real proofs, and witnesses that must fail
	$(GO) test -json $(TAGS) ./circuits/... | $(REPORT)

.PHONY: sim
sim: ## Simulate the market, crashing it at every append (SIM_SEEDS=60)
	VADIUM_SIM_SEEDS=$(SIM_SEEDS) $(GO) test -json -count=1 $(TAGS) -run '^TestSimulat' -timeout 30m $(SIM_PKGS) | $(REPORT)

.PHONY: search
search: ## Search for cases in which stake breaks a promise, P1 to P16 and V1 to V14 (SEARCH=100000 of each, SEARCH_SEED=...)
	VADIUM_SEARCH_CASES=$(SEARCH) VADIUM_SEARCH_SEED=$(SEARCH_SEED) $(GO) test -json -count=1 $(TAGS) -run '^TestSearch$$' -timeout 0 $(SEARCH_PKGS) | $(REPORT)

.PHONY: kill
kill: ## Kill the market under load with SIGKILL and account for every acknowledgement (KILL_ROUNDS=30)
	VADIUM_KILL_ROUNDS=$(KILL_ROUNDS) $(GO) test -json -count=1 $(TAGS) -run '^TestMarketKilledUnderLoad$$' -timeout 0 ./cmd/vadium | $(REPORT)

.PHONY: powercut
powercut: ## Cut the power of the market's disk, and fill it; needs root (POWERCUT_ROUNDS=10)
	GO="$(GO)" TAGS="$(TAGS)" POWERCUT_ROUNDS=$(POWERCUT_ROUNDS) .ci/powercut

.PHONY: soak
soak: ## Simulate, search, kill, cut power and fuzz for hours (SOAK_SEEDS=20000 SOAK_FUZZTIME=10m)
	VADIUM_SIM_SEEDS=$(SOAK_SEEDS) VADIUM_SIM_CRASHES=$(SOAK_CRASHES) $(GO) test -json -count=1 $(TAGS) -run '^TestSimulat' -timeout 0 $(SIM_PKGS) | $(REPORT)
	$(MAKE) --no-print-directory search SEARCH=$(SOAK_SEARCH)
	$(MAKE) --no-print-directory kill KILL_ROUNDS=$(SOAK_KILL_ROUNDS)
	$(MAKE) --no-print-directory powercut POWERCUT_ROUNDS=$(SOAK_POWERCUT_ROUNDS)
	$(MAKE) --no-print-directory fuzz FUZZTIME=$(SOAK_FUZZTIME)

# Runs docs/first-day.md as it stands: install, two provers as services, dashboards, backup under load, a lost machine.
.PHONY: first-day
first-day: ## Follow docs/first-day.md as a stranger would (needs root for namespaces; leaves nothing behind)
	GO="$(GO)" .ci/first-day

.PHONY: cover
cover: ## Measure coverage into coverage.out and print the total
	$(GO) test $(TAGS) -coverprofile=coverage.out ./...
	$(GO) tool cover -func=coverage.out | tail -n 1

.PHONY: bench
bench: ## Measure everything beside a reference, and write bench/results.md (BENCH=quick: two minutes, writes nothing)
	$(GO) run $(TAGS) ./bench/report $(TAGS) $(if $(BENCH),-$(BENCH))

.PHONY: bench-compare
bench-compare: ## Measure again and hold the ratios against bench/baseline.txt
	$(GO) run $(TAGS) ./bench/report $(TAGS) -compare bench/baseline.txt

.PHONY: agents
agents: ## Let strategic agents play against the rules for 180 simulated days, and write bench/agents (five minutes)
	$(GO) run $(TAGS) ./bench/agents -write

##@ Keep the house clean

.PHONY: fmt
fmt: ## Format Go and protobuf
	$(GO_FILES) | xargs gofmt -s -w
	$(TOOL) buf format -w --path marketplace --path vaults --path prover

.PHONY: fmt-check
fmt-check: ## Fail when fmt would change something
	@unformatted=$$($(GO_FILES) | xargs gofmt -s -l); \
	if [ -n "$$unformatted" ]; then printf 'not formatted (run: make fmt):\n%s\n' "$$unformatted" >&2; exit 1; fi
	$(TOOL) buf format --diff --exit-code --path marketplace --path vaults --path prover

.PHONY: vet
vet: ## Run go vet on everything, tools included
	$(GO) vet $(TAGS) ./...
	$(GO) -C tools vet ./...

.PHONY: lint
lint: ## Run the linters (.golangci.yml and buf.yaml say which, and why)
	$(TOOL) buf lint
	$(TOOL) golangci-lint run

.PHONY: gen
gen: ## Regenerate *.pb.go and *.connect.go from the protos beside them
	$(TOOL) buf build -o /dev/null
	git ls-files --cached --others --exclude-standard -- $(GENERATED) | xargs -r rm -f --
	$(TOOL) buf generate

.PHONY: gen-check
gen-check: gen ## Fail when generated code is not what the protos say
	@git diff --exit-code -- $(GENERATED)
	@new=$$(git ls-files --others --exclude-standard -- $(GENERATED)); \
	if [ -n "$$new" ]; then printf 'generated but not committed:\n%s\n' "$$new" >&2; exit 1; fi

# The only targets that use npm. What they make is committed, so that nothing else does.
.PHONY: contracts
contracts: ## Compile the contracts, and make their Go bindings (installs a pinned solc with npm)
	GO="$(GO)" .ci/contracts

.PHONY: contracts-check
contracts-check: ## Fail when a committed contract is not what its sources say (installs as above)
	GO="$(GO)" .ci/contracts check

.PHONY: tools-test
tools-test: ## Test the developer tools of this repository
	$(GO) test -C tools ./...

.PHONY: ci
ci: ## Run everything a change must pass, as CI does
	MAKE="$(MAKE)" .ci/stages

# What CI runs for `test`: the same tests, with a report that fails on a skipped one.
.PHONY: ci-test
ci-test:
	$(GO) test -json $(TAGS) -timeout 20m ./... | $(REPORT)

.PHONY: clean
clean: ## Remove what the targets above made (not the key cache, not your journals)
	rm -rf bin dist coverage.out vaults/contract/node_modules
