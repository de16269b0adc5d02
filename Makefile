# `make demo` and `make test` are all a new checkout needs: both set everything up first.
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m

.PHONY: demo test setup models lint bench bench-peers soak fuzz shots clean

demo: models
	@$(BIN)/secondme demo

test: models lint
	@$(RUN) pytest -q -n 2 --dist worksteal

setup:
	@$(PYTHON) packaging/bootstrap.py

models: setup
	@$(BIN)/secondme models pull minilm-l6
	@$(BIN)/secondme models pull smollm2-135m

lint: setup
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports > /dev/null || $(BIN)/lint-imports

bench: models
	@$(RUN) tests.benchmarks

bench-peers: setup
	@$(RUN) tests.benchmarks.parsing --peers

soak: setup
	@$(RUN) tests.soak 30

# FUZZ="10 whatsapp mail": seconds for each importer, and which.
fuzz: setup
	@$(RUN) tests.fuzz $(FUZZ)

shots: models
	@$(RUN) tests.shots docs/screens

clean:
	rm -rf .venv .uv .peers .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
