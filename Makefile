# The commands a person types. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.up-to-date
TESTS ?=
BENCH ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test check format shots bench dist clean

help: ## List these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

setup: $(STAMP) ## Make .venv with the pinned versions

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Greffe needs Python 3.11 or later: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "The virtual environment cannot be made. On Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

run: setup ## Serve a demonstration on http://127.0.0.1:8000
	@$(BIN)/greffe run --demo

test: setup ## Run the whole suite; TESTS=tests/test_settings.py runs a part
	@tools/test $(TESTS)

check: setup ## Check the code, its types, the templates and the translations
	@status=0; \
	$(BIN)/ruff check || status=1; \
	$(BIN)/ruff format --check || status=1; \
	$(BIN)/mypy || status=1; \
	$(BIN)/djlint --lint --quiet --allow-empty-input templates plugins portal || status=1; \
	$(BIN)/python -m pytest -q tests/test_translations.py tests/test_architecture.py || status=1; \
	exit $$status

format: setup ## Lay the code out
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

shots: setup ## Take the screenshots of the documentation into shots/
	$(BIN)/python -m tools.shots

bench: setup ## Compare list pages with Django's admin and stock Flask-Admin
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m bench.lists $(BENCH)

dist: setup ## Build the wheel and the source archive into dist/
	$(BIN)/python -m build

clean: ## Remove what was built and measured, never .venv nor var
	rm -rf dist build shots .mypy_cache .ruff_cache .pytest_cache .hypothesis
