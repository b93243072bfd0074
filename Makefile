# Each target does its own set-up: a bare checkout and a Python 3.11 to 3.13 are enough.
#   make demo    explain the bundled photo with the embedded network
#   make test    run the whole suite          (PYTEST_ARGS="-k baseline" narrows it)
#   make lint    ruff                         make types   mypy
#   make clean   forget the environment
# PYTHON=python3.12 chooses the interpreter, VENV=dir the place of the environment.

SHELL := /bin/bash
VENV ?= .venv
OUT ?= results/demo
PYTEST_ARGS ?=
BIN := $(VENV)/bin
FITS := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PIP := $(BIN)/python -m pip install -q -q --disable-pip-version-check --prefer-binary --no-compile

.PHONY: demo test lint types format clean
.DELETE_ON_ERROR:

demo: $(VENV)/.ready
	@$(BIN)/attrvis demo --out "$(OUT)"

test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.ready-dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: $(VENV)/.ready-dev
	$(BIN)/python -m mypy

format: $(VENV)/.ready-dev
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

clean:
	rm -rf "$(VENV)" build dist .pytest_cache .ruff_cache .mypy_cache

$(BIN)/python:
	@for python in $(PYTHON) python3 python3.12 python3.13 python3.11; do \
	  if $$python -c '$(FITS)' >/dev/null 2>&1; then break; fi; python=; done; \
	if [ -z "$$python" ]; then \
	  echo "attrvis needs Python 3.11, 3.12 or 3.13 with venv; name one: make PYTHON=/path/to/python3" >&2; \
	  exit 2; fi; \
	echo "Making $(VENV) with $$($$python --version) ..."; \
	$$python -m venv "$(VENV)"

$(VENV)/.ready: pyproject.toml setup.py | $(BIN)/python
	@echo "Installing attrvis and what it needs (about 700 MB, once) ..."
	@$(PIP) -e .
	@touch $@

$(VENV)/.ready-dev: pyproject.toml setup.py | $(BIN)/python
	@echo "Installing attrvis with what its tests need (about 700 MB, once) ..."
	@$(PIP) -e ".[dev]"
	@touch $(VENV)/.ready $@
