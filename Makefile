# Every task of the project, the same here and in CI. `make help` lists them.
# Builds name the whole workspace, so that all tasks share one set of compiled dependencies.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/tools/.node/bin:$(PATH)
ARGS ?=

AURELIUS := target/debug/aurelius
CARGO_BUILD := cargo build --locked --workspace --bins
# The tests' own builds hold the command, with the features that they want of its dependencies: one compilation, not two.
test: CARGO_BUILD := cargo test --locked --workspace --no-run

.PHONY: help
help: ## List the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

.PHONY: setup
setup: ## Install what a fresh Debian 12 with Rust 1.95 lacks
	tools/setup build node

.PHONY: build
build: setup page ## Build the `aurelius` command and the page
	$(CARGO_BUILD)

.PHONY: page
page: web/dist/index.html ## Build the web page

web/dist/index.html: sdk/dist/index.js $(shell git ls-files web 2>/dev/null)
	npm run --silent --workspace aurelius-web build

# The page and the tests use the SDK as it is published, so it is built before them.
sdk/dist/index.js: node_modules/.package-lock.json $(shell git ls-files sdk/src sdk/*.json 2>/dev/null)
	npm run --silent --workspace @aurelius/sdk build
	@touch $@

# All npm workspaces at once: the root's lock is the only one.
node_modules/.package-lock.json: package.json package-lock.json $(shell git ls-files '*/package.json' 2>/dev/null)
	tools/setup node
	npm ci --silent --no-fund --no-audit
	@touch $@

.PHONY: demo
demo: build ## Play matches for money on a local chain and prove them: make demo ARGS="--matches 1 --headless"
	$(AURELIUS) demo $(ARGS)

.PHONY: test
test: setup fmt clippy lint-deploy test-sdk test-page test-rust test-sdk-chain test-sdk-browser test-play ## Everything that can run: what CI runs

.PHONY: fmt
fmt: ## Check the formatting
	cargo fmt --all --check

.PHONY: clippy
clippy: ## Lint, warnings are errors
	cargo clippy --locked --workspace --all-targets -- -D warnings

.PHONY: law
law: setup ## The laws of the house: dependencies, circles, lengths, licences
	cargo test --locked -p law

.PHONY: lint-deploy
lint-deploy: ## Lint the image, the composition, nginx, Prometheus and the dashboard in deploy/
	tools/setup lint
	deploy/lint

.PHONY: deploy-test
deploy-test: sdk/dist/index.js ## The deployment started and broken, as root: make deploy-test [ARGS="--binary FILE --keep"]
	tools/setup docker
	tests/deploy-test/run $(ARGS)

.PHONY: test-rust
test-rust: setup node_modules/.package-lock.json ## Unit, property, golden, program and system tests
	tools/setup postgres redis nginx
	cargo test --locked --workspace

.PHONY: lint-typescript
lint-typescript: node_modules/.package-lock.json
	npm run --silent lint

.PHONY: test-page
test-page: page lint-typescript ## Format, lint, type check and unit tests of the page
	npm run --silent --workspace aurelius-web check
	npm test --silent --workspace aurelius-web
	npm run --silent --workspace aurelius-web size

.PHONY: test-sdk
test-sdk: sdk/dist/index.js lint-typescript ## Format, lint, type check and unit tests of the TypeScript SDK
	npm run --silent --workspace @aurelius/sdk check
	npm test --silent --workspace @aurelius/sdk
	npm run --silent --workspace @aurelius/sdk test:package

.PHONY: test-sdk-chain
test-sdk-chain: build sdk/dist/index.js ## The SDK's quick start, played against a local chain, and verified
	npm run --silent --workspace @aurelius/sdk test:chain -- $(CURDIR)/$(AURELIUS)

.PHONY: test-sdk-browser
test-sdk-browser: node_modules/.package-lock.json ## The rules in WebAssembly in Chromium, against the native ones
	tools/setup browser
	node tests/browser/parity.mjs

.PHONY: test-browser
test: test-browser
test-browser: build node_modules/.package-lock.json ## The page in Chromium: against a pretend relay, and under a path
	tools/setup browser
	node tests/browser/page.mjs
	node tests/browser/prefix.mjs $(AURELIUS)

.PHONY: test-looks
test-looks: build sdk/dist/index.js ## Every page in six layouts (axe, sideways, jumps), and a replay, over a demonstration with bots
	tools/setup browser
	node tests/browser/replay.mjs --screenshot target/screenshots/replay
	node tests/browser/looks.mjs --screenshot target/screenshots/looks

.PHONY: docs-sdk
docs-sdk: sdk/dist/index.js ## API documentation of the TypeScript SDK in sdk/docs
	npm run --silent --workspace @aurelius/sdk docs

.PHONY: test-play
test-play: build sdk/dist/index.js ## People in real browsers: played, paid, proved; every exit; a lie punished
	tools/setup browser
	node tests/browser/live.mjs --screenshot target/screenshots
	node tests/browser/cheat.mjs --screenshot target/screenshots

.PHONY: anchor-test
anchor-test: node_modules/.package-lock.json ## `anchor test` on the classic validator; says so when either is absent
	tests/anchor/run

.PHONY: program
program: ## Rebuild the committed programs and the IDL
	tools/program

.PHONY: wasm
wasm: node_modules/.package-lock.json ## Rebuild the committed rules in WebAssembly
	tools/wasm

.PHONY: cu
cu: ## The table of compute units per instruction, with budgets
	cargo test --locked -p program-tests --test it -- compute_units fraud_cost --nocapture

.PHONY: bench
bench: setup ## Measure: simulation, wire, jitter, store, failover, memory, durability
	tools/setup postgres redis
	cargo build --locked --release --workspace --bins
	cargo bench --locked -p bench $(ARGS)

# A package of its own with a lock of its own: nothing else of the project uses what the peers need.
bench/peers/node_modules/.package-lock.json: bench/peers/package.json bench/peers/package-lock.json
	tools/setup node
	npm ci --prefix bench/peers --ignore-scripts --silent --no-fund --no-audit
	@touch $@

.PHONY: bench-peers
bench-peers: setup bench/peers/node_modules/.package-lock.json ## The relay beside ws, Socket.IO and Colyseus, one after the other on the same core: make bench-peers [ROUNDS=3]
	cargo run --locked --release -p peers

.PHONY: chaos
chaos: setup ## Faults in seeded order, some at the same time, over running matches: make chaos SEEDS=1-20 [FAULTS=5] [ONLY=RedisPause|RpcLies|Overlapping]
	tools/setup postgres redis
	env CHAOS_SEEDS=$${SEEDS:-1-5} $${FAULTS:+CHAOS_FAULTS=$$FAULTS} $${ONLY:+"CHAOS_ONLY=$$ONLY"} cargo test --locked --workspace --test installation chaos:: -- --nocapture

.PHONY: soak
soak: setup ## Long: differential test of the rules, action fuzzing of the program, search for the dearest segment
	SOAK_TICKS=$${SOAK_TICKS:-5000000} cargo test --locked -p system-tests --test it arena_differential:: -- --nocapture
	FUZZ_STEPS=$${FUZZ_STEPS:-3000000} cargo test --locked -p program-tests --test it fuzz:: -- --nocapture
	SEARCH_STEPS=$${SEARCH_STEPS:-200000} KEEP_WORST=1 cargo test --locked -p system-tests --test it arena_cost:: -- --nocapture

.PHONY: fuzz
fuzz: setup ## Long fuzzing of the decoders
	FUZZ_ITERATIONS=$${FUZZ_ITERATIONS:-20000000} cargo test --locked --release -p protocol fuzz -- --nocapture
