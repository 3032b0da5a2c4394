# The only door: `make run` and `make test` need Python >= 3.11 and make, nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
# Tests of one file stay together, the longest files first (tests/longest.py); each process has its own home, database, server
# and browser. WORKERS=0: one after the other.
WORKERS ?= 2
SPREAD := --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
export GRADUAND_HOME ?= var
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Containers often forbid compiled files to be kept: then every process that a test starts, and each
# run that collects the tests, compiles all of it anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run demo test test-all faults check bench docs measure pictures clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo '需要 Python 3.11 或更高版本，例：make PYTHON=python3.12 run' >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(RUN): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo '正在安装依赖……' >&2
	@$(BIN)/python -m pip install -qq --requirement requirements.lock
	@$(BIN)/python -m pip install -qq --no-deps --editable .
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo '正在安装开发依赖……' >&2
	@$(BIN)/python -m pip install -qq --requirement requirements-dev.lock
	@$(BIN)/python -m pip install -qq --no-deps --editable .
	@touch $@

run: $(RUN)  ## the pages on http://127.0.0.1:8000, with an invented season where there is no data yet
	@BIN=$(BIN) sh tools/run.sh

demo: $(RUN)  ## throw the invented season away and make a new one
	@BIN=$(BIN) sh tools/run.sh again

test: $(DEV)  ## the quick suite on SQLite, minutes
	@$(PYTEST) -q $(SPREAD) -m 'not postgres and not browser and not slow and not faults'

# Beside all others the kills leave no process idle; a run of their own would.
LEFT_OUT = $(if $(FAULTS),, and not faults)
# The second run has what reaches a database of the server; the rest would do the very same again (tests/engines.py).
test-all: export GRADUAND_FAULTS := $(FAULTS)
test-all: $(DEV)  ## SQLite with the browser, then PostgreSQL with all that reaches a database; FAULTS=sample kills the program a few times, too
	@sh tools/missing.sh
	@failed=0; \
	$(PYTEST) $(SPREAD) --durations=15 -m 'not postgres$(LEFT_OUT)' || failed=1; \
	GRADUAND_TEST_ENGINE=postgres $(PYTEST) $(SPREAD) --durations=15 -m 'not browser$(LEFT_OUT)' || failed=1; \
	exit $$failed

faults: $(DEV)  ## kill the program at every statement, its worker and its commands, on both engines; FAULTS=sample: a few times
	@failed=0; \
	GRADUAND_FAULTS=$(FAULTS) $(PYTEST) $(SPREAD) -m faults tests/faults || failed=1; \
	GRADUAND_TEST_ENGINE=postgres GRADUAND_FAULTS=$(FAULTS) $(PYTEST) $(SPREAD) -m faults tests/faults || failed=1; \
	exit $$failed

check: $(DEV)  ## the formatter, ruff, mypy, import contracts, migrations, generated documents
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m django check --settings graduand.settings --fail-level WARNING
	@$(BIN)/python -m django makemigrations --settings graduand.settings --check --dry-run
	@$(BIN)/python tools/documents.py --check

pictures: $(DEV)  ## take the README's pictures from a fresh invented season (needs Chromium)
	@$(BIN)/python -m tests.journeys.pictures

docs: $(DEV)  ## print docs/access.md, clauses.md, glossary.md and journey.md from the program's own tables
	@$(BIN)/python tools/documents.py

measure: $(DEV)  ## what a page of code looks like, in figures beside their limits; WHERE=1 names each place
	@$(BIN)/python tools/measure.py $(if $(WHERE),--where)

bench: $(RUN)  ## the figures in the README, re-measured
	@$(BIN)/graduand bench audit
	@$(BIN)/graduand bench exports
	@$(BIN)/graduand bench import
	@$(BIN)/graduand bench moves
	@$(BIN)/graduand bench lists
	@$(BIN)/graduand bench papers
	@$(BIN)/graduand bench photos
	@$(BIN)/graduand bench serve

clean:  ## remove the virtual environment and what tools cached; the data stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
