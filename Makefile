# Everything a person does with the project, from nothing but Python ≥ 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo/clinic
# Two workers share two cores: a linear algebra library with threads of its own only gets in the way.
export OPENBLAS_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help demo ui test test-fast check format golden bench clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -c "import sys; sys.exit('Python 3.11 or newer is needed; this is ' + sys.version) if sys.version_info < (3, 11) else None"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.product: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.tools: $(VENV)/.product
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(VENV)/.product ## write the example study and run the main job on it
	@test -f $(DEMO)/study.toml || $(BIN)/roi init $(DEMO) --example clinic
	$(BIN)/roi run $(DEMO)

ui: $(VENV)/.product ## open the Dagster UI on the demo study (http://127.0.0.1:3000)
	@test -f $(DEMO)/study.toml || $(MAKE) demo
	$(BIN)/roi ui $(DEMO)

check: $(VENV)/.tools ## lint, types, layers, SQL lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/sqlfluff lint sql studies --disable-progress-bar

test-fast: $(VENV)/.tools ## the tests that take seconds
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

test: check ## everything CI runs
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=25

golden: $(VENV)/.tools ## rewrite the golden files; review the difference like code
	$(BIN)/python -m pytest tests/golden --snapshot-update

format: $(VENV)/.tools ## let the formatters do their work
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/.tools ## measure against bare references in the same run
	for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

clean: ## remove the demo and the environment
	rm -rf demo $(VENV)
