# Two commands set everything up: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

.PHONY: help demo test check lint types floors unit stories docs bench format system clean browser-tools translations client

help: ## Show what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/runtime ## Start a virtual site on loopback and walk through what an installer does
	$(BIN)/doorward demo

test: system browser-tools $(VENV)/development lint types floors docs unit ## Style, types, floors, documentation and all tests

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

floors:
	$(BIN)/lint-imports

docs: $(VENV)/development ## Build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

# Many tests wait for a device or a network, so there is a process more than there are cores; each costs its share of
# collecting and preparing. Playwright keeps an event loop of its own, so the browser's tests have processes of their own.
PYTEST := $(BIN)/python -m pytest --quiet --dist worksteal --numprocesses
PROCESSES = $$(( $$(nproc 2>/dev/null || echo 2) + 1 ))

# Tests start many programs: what was compiled once is kept, whatever this user's environment says.
unit: export PYTHONDONTWRITEBYTECODE :=
unit:
	$(BIN)/python -m compileall -q -j 0 src tests
	$(PYTEST) $(PROCESSES) --ignore tests/console
	$(PYTEST) $(PROCESSES) tests/console

stories: $(VENV)/development ## Walk the stories of the console on a phone too, and take the pictures of the pages
	CONSOLE_SIZES=all CONSOLE_PICTURES=1 $(PYTEST) auto tests/console

bench: $(VENV)/development ## Run the benchmarks, each against its baseline
	@for benchmark in benchmarks/bench_*.py; do $(BIN)/python $$benchmark || exit 1; done

format: $(VENV)/development ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

browser-tools: tools/axe/node_modules ## Fetch what the tests of the console run in the browser, where npm is there

tools/axe/node_modules: tools/axe/package.json
	@if command -v npm >/dev/null; then \
		npm install --prefix tools/axe --no-package-lock --no-audit --no-fund --silent && touch $@; \
	else echo "Not fetched (needs npm): axe-core; tests for faults of access are skipped" >&2; fi

client: $(VENV)/development ## Write the typed parts of the Python client from the document of the API
	$(BIN)/python tools/client-models

translations: $(VENV)/development ## Collect the texts of the console and compile the catalogues
	$(BIN)/python tools/translations

system: ## Install the system packages that tests use, where this user may
	@./tools/system-packages

clean: ## Remove what was made
	rm -rf $(VENV) site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || { ./tools/system-packages && $(PYTHON) -m venv --clear $(VENV); }

$(VENV)/runtime: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) '.[server]'
	@touch $@

$(VENV)/development: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) '.[dev]'
	@touch $@ $(VENV)/runtime
