# Two commands matter to a newcomer: `make demo` and `make test`. Both set up what they need in .venv.

SHELL := /bin/bash
VENV ?= .venv
BIN := $(VENV)/bin
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
# The first interpreter that is there, runs and is supported; PYTHON=… on the command line wins.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(SUPPORTED)' >/dev/null 2>&1 && { echo $$p; break; }; done)
# durable-rules 2.0.28 calls a function that Python 3.13 no longer has; this name for it works on 3.11 to 3.13.
# A wheel that was built and cached without it would hide the difference, hence --no-cache-dir.
DURABLE_CC := $(if $(CC),$(if $(filter default,$(origin CC)),gcc,$(CC)),gcc) -DPyEval_CallObject=PyObject_CallObject -O2

.PHONY: demo migration test lint types layers docs check bench bench-check nightly wheel clean

demo: $(VENV)/.ready
	@$(BIN)/forewarn demo

test: $(VENV)/.ready
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not nightly" $(TESTS)

nightly: $(VENV)/.ready
	FOREWARN_NIGHTLY=1 $(BIN)/python -m pytest -n 2 --dist loadfile $(TESTS)

check: lint types layers docs test

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready
	$(BIN)/mypy

layers: $(VENV)/.ready
	$(BIN)/lint-imports --no-cache

docs: $(VENV)/.ready
	$(BIN)/python -m pytest -q -n 0 tests/docs

bench: $(VENV)/.ready-bench
	$(BIN)/python -m benchmarks

bench-check: $(VENV)/.ready-bench
	$(BIN)/python -m benchmarks --check

wheel: $(VENV)/.ready
	rm -rf dist
	$(BIN)/python -m build --wheel --outdir dist .

$(VENV)/.ready: pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "Forewarn needs Python 3.11, 3.12 or 3.13, and none was found (python3 here is: $$(python3 --version 2>&1))."; \
		echo "Install one of them and run: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12"; exit 2; fi
	@if ! command -v $(firstword $(DURABLE_CC)) >/dev/null 2>&1; then \
		echo "A C compiler is needed to build durable-rules, and $(firstword $(DURABLE_CC)) was not found (on Debian: apt-get install gcc)."; exit 2; fi
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (a few minutes the first time)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1" setuptools wheel
	CC="$(DURABLE_CC)" $(BIN)/python -m pip install --quiet --no-cache-dir --no-build-isolation durable-rules==2.0.28
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

$(VENV)/.ready-bench: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --group bench
	@touch $@

# Until the first release there is one revision of the tables; whoever changes a table writes it anew.
migration: $(VENV)/.ready
	$(BIN)/python -m forewarn.engine.migrations.writing
	$(BIN)/ruff check --quiet --fix forewarn/engine/migrations
	$(BIN)/ruff format --quiet forewarn/engine/migrations

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
