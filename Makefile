# Everything a person does with the project, from nothing but Python ≥ 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo/clinic
# Two workers share two cores: a linear algebra library with threads of its own only gets in the way.
export OPENBLAS_NUM_THREADS := 1
# Tests start hundreds of processes: where byte code is not kept, each compiles the product again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
# How long `make fuzz` looks for new examples.
SECONDS ?= 300
# What `make lowest` runs: every room once, and the main job of a small study.
SMOKE := tests/unit tests/sql tests/integration/test_editions.py -m "not slow"
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile
DOCTESTS = $(BIN)/python -m pytest -n 0 --doctest-modules $$(grep -rl '>>> ' roi_pipeline --include='*.py')
.PHONY: help demo history ui test test-fast doctest programs check types-tests coverage fuzz lowest format spark soak golden bench clean

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

demo: $(VENV)/.product ## write the example study and run the main job on it, earlier cycles for the trend
	@test -f $(DEMO)/study.toml || $(BIN)/roi init $(DEMO) --example clinic
	$(BIN)/roi run $(DEMO) --trend

history: demo ## close the demo's past cycles and restate one: editions that never change (minutes)
	for cycle in 2025-Q2 2025-Q3 2025-Q4; do $(BIN)/roi close $(DEMO) --cycle $$cycle || exit 1; done
	$(BIN)/roi close $(DEMO) --cycle 2025-Q4 --as-of 2026-05-01
	$(BIN)/roi run $(DEMO)

ui: $(VENV)/.product ## open the Dagster UI on the demo study (http://127.0.0.1:3000)
	@test -f $(DEMO)/study.toml || $(MAKE) demo
	$(BIN)/roi ui $(DEMO)

check: $(VENV)/.tools ## lint, types, layers, SQL lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@# The two that take a minute each, side by side; either fails the target.
	$(BIN)/sqlfluff lint sql studies --disable-progress-bar & $(BIN)/pyright && wait $$!

test-fast: $(VENV)/.tools programs ## the tests that take seconds
	$(PYTEST) -m "not slow"

test: check doctest programs ## everything CI runs
	$(PYTEST) --durations=25

doctest: $(VENV)/.tools ## the examples in docstrings (only of modules that have some)
	$(DOCTESTS)

programs: ## which programs that tests start are not installed, and how to install them
	@missing=$$(.ci/missing); test -z "$$missing" || echo "Not installed: $$missing. Tests that need them are skipped; to install: apt-get install --no-install-recommends $$missing"

types-tests: $(VENV)/.tools ## pyright on the tests, standard mode
	$(BIN)/pyright tests

coverage: $(VENV)/.tools programs ## lines and branches the fast tests run, room by room, against the floors of .ci/coverage_floors.toml
	rm -f .coverage .coverage.*
	$(PYTEST) -m "not slow" --cov --cov-report=
	$(DOCTESTS) --cov --cov-append --cov-report=
	$(BIN)/coverage json -q -o .coverage.json
	$(BIN)/python .ci/coverage_floors.py .coverage.json

fuzz: $(VENV)/.tools ## laws with fresh examples for SECONDS=300; the first failure ends it and prints how to repeat it
	@end=$$(( $$(date +%s) + $(SECONDS) )); rounds=0; \
	while [ $$(date +%s) -lt $$end ]; do \
		$(PYTEST) --hypothesis-profile=fuzz -m "not slow" $$(grep -rlE '^@given' tests) || exit 1; \
		rounds=$$((rounds + 1)); \
	done; echo "$$rounds rounds of fresh examples in $(SECONDS) s"

lowest: ## the smallest versions that pyproject.toml allows, in an environment of their own, with a part of the tests
	test -x .venv-lowest/bin/python || $(PYTHON) -m venv .venv-lowest
	$(PYTHON) .ci/lowest_versions.py > .venv-lowest/constraints-lowest.txt
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check -c .venv-lowest/constraints-lowest.txt -e '.[dev]'
	.venv-lowest/bin/roi --help >/dev/null
	.venv-lowest/bin/python -m pytest -n 2 --dist loadfile $(SMOKE)

spark: ## one example on DuckDB and on a Spark cluster, in an environment of its own (PySpark is 450 MB)
	test -x .venv-spark/bin/python || $(PYTHON) -m venv .venv-spark
	.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,spark]'
	.venv-spark/bin/python -m pytest -n 0 tests/integration/test_spark.py tests/unit/engines/spark

soak: $(VENV)/.tools ## faults by the thousand, the year of nights and the regret of the advice, for hours
	ROI_KILLS=300 ROI_DISK_SIZES=150,300,450,600,700,850,1000,1500,2000,2500,3000,4000,5000,6000,7000,8000,9000,10000,12000,15000 \
		$(BIN)/python -m pytest tests/faults/test_kills.py tests/faults/test_full_disk.py -m "slow or soak"
	$(BIN)/python -m pytest tests -m soak

golden: $(VENV)/.tools ## rewrite the golden files; review the difference like code
	$(BIN)/python -m pytest tests/golden --snapshot-update

format: $(VENV)/.tools ## let the formatters do their work
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/.tools ## measure against bare references in the same run
	for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

clean: ## remove the demo and the environment
	rm -rf demo $(VENV) .venv-lowest .venv-spark
