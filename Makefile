# `make demo` and `make test` do all set-up themselves; `make help` lists the targets.
#
#   make demo ARGS="--parcels 1000 --seed 7"     make test ARGS="tests/engine -k belt"
#   make setup PYTHON=/usr/bin/python3.12        another Python (3.11 or newer)
#   make simulate PARCELS=1000000 SEED=7         a campaign in virtual time (BELT=loop)
#   make invariants SEQUENCES=100000 SEED=7      what always holds, tried so many times
#   make bench ROWS=10000000                     the benches on a table of that many codes
#
# Paths are relative, so that the tree may lie in a folder with blanks in its name.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

PYTHON ?=
ARGS ?=
RUNS ?= 20000
PARCELS ?= 100000
SEQUENCES ?= 1000
WORKERS ?= 2
SEED ?= 1
BELT ?= line
TARGETS ?= file sealed sections numbers changes rows decide
ROWS ?= 1000000
BENCHES ?= benches
MEMORY_MB ?= 4000
BIN := .venv/bin
STAMPS := .venv/stamps
NATIVE := $(wildcard native/*.pyx native/*.pxd native/*.pxi native/*.h)

# The environment stamp holds the folder it was made in: a tree that was moved is set up again.
ifneq ($(shell cat $(STAMPS)/environment 2>/dev/null),$(CURDIR))
.PHONY: $(STAMPS)/environment
endif

.PHONY: help setup demo test simulate invariants test-arm sanitize fuzz bench build-campaign bench-check lint lint-style lint-types lint-floors lint-tree lint-cython lock clean

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

setup: $(STAMPS)/installed ## make .venv with the command at .venv/bin/sorter
	$(if $(filter setup,$(MAKECMDGOALS)),@echo "setup: done; the command is .venv/bin/sorter",@:)

demo: setup ## sort a few hundred parcels on a simulated line
	@$(BIN)/sorter demo $(ARGS)

# What is asked of one core is asked of each; the run of everything comes last, so that its count is
# the one that is read. With ARGS, only what they name is run: SORTER_NATIVE=plain chooses the core.
test: setup ## run all tests, those of the native core and the table on its plain path too
	@.ci/machine broker
	@failed=0; \
	$(if $(strip $(ARGS)),,SORTER_NATIVE=plain $(BIN)/pytest tests/native tests/table tests/fuzz || failed=1;) \
	$(BIN)/pytest $(ARGS) || failed=1; \
	exit $$failed

simulate: setup ## sort PARCELS parcels in virtual time, with what goes wrong in a hall (BELT=loop)
	@$(BIN)/python -m tests.simulation.campaign --parcels $(PARCELS) --seed $(SEED) \
		--belt $(BELT) $(ARGS)

invariants: setup ## try what always holds in SEQUENCES of random mishaps (SEED=2 WORKERS=1)
	@$(BIN)/python -m tests.engine.invariants --sequences $(SEQUENCES) --seed $(SEED) \
		--workers $(WORKERS) $(ARGS)

test-arm: setup ## run the tests of the native core and the table on an emulated aarch64
	@.ci/test_arm $(ARGS)

sanitize: setup ## run them with the address and undefined-behaviour sanitizers
	@.ci/sanitize $(ARGS)

fuzz: setup ## give RUNS inputs to each of TARGETS, with sanitizers and coverage
	@.ci/fuzz $(RUNS) $(TARGETS)

bench: setup $(STAMPS)/peers ## measure beside the peers that must be beaten (ROWS=10000000 BENCHES=FILE)
	@command -v sqlite3 >/dev/null || .ci/machine packages sqlite3
	@mkdir -p .benchmarks
	@SORTER_BENCH_ROWS=$(ROWS) $(BIN)/pytest $(BENCHES) --timeout=3600 \
		--benchmark-enable --benchmark-quiet --benchmark-disable-gc \
		--benchmark-json=.benchmarks/rows-$(ROWS).json $(ARGS)

build-campaign: setup ## build ROWS codes from CSV under a memory limit (ROWS=100000000 MEMORY_MB=4000)
	@$(BIN)/python -m benches.build_campaign --rows $(ROWS) --memory-mb $(MEMORY_MB) $(ARGS)

bench-check: setup ## fail when a ratio to a peer or floor of the same run is under its bound
	@$(BIN)/pytest benches/check_ratios.py $(ARGS)

lint: lint-style lint-types lint-floors lint-tree lint-cython ## check style, types, import floors and the tree

lint-style: setup
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

lint-types: setup
	@$(BIN)/mypy

lint-floors: setup
	@$(BIN)/lint-imports --no-logo

lint-tree: setup
	@$(BIN)/python .ci/check_tree.py

lint-cython: setup
	@PATH="$$PWD/$(BIN):$$PATH" cython-lint native benches

lock: ## pin what pyproject.toml names into constraints.txt (ARGS=--upgrade takes the newest)
	@.ci/lock $(ARGS)

clean: ## remove everything that was built, the virtual environment too
	rm -rf .venv build dist *.egg-info sorter/_native/*.so native/*.c
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp is written after its step has succeeded, so that a broken step is done again.

$(STAMPS)/environment: .ci/machine
	@.ci/machine environment "$(PYTHON)"
	@mkdir -p $(STAMPS) && pwd -P >$@

$(STAMPS)/packages: constraints.txt $(STAMPS)/environment
	@echo "setup: installing the pinned packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input \
		--require-hashes --requirement constraints.txt
	@touch $@

# The peers of the benches are large, and one of them is compiled: nobody else needs them.
$(STAMPS)/peers: benches/constraints.txt $(STAMPS)/packages
	@echo "setup: installing the peers of the benches"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input \
		--require-hashes --requirement benches/constraints.txt
	@touch $@

$(STAMPS)/installed: pyproject.toml setup.py $(NATIVE) $(STAMPS)/packages
	@echo "setup: compiling the native core and installing sorter"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input \
		--no-build-isolation --no-deps --no-index --editable .
	@touch $@
