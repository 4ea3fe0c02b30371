# Everything a contributor types. Each target sets up what it needs; a second run does nothing twice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MLFLOW_VENV := .venv-mlflow
PIP_FLAGS := --quiet --disable-pip-version-check --no-input
# Tests share the machine with the servers that they start, so two at a time even on a large one.
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-real check bench pictures lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## create .venv with every dependency pinned by hash

$(VENV)/.ready: deploy/requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "ml-incident needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@rm -f $@
	@test -x $(BIN)/python -a -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV) \
	  || { echo "no virtual environment could be made; on Debian: apt-get install python3-venv" >&2; exit 2; }
	@echo "setting up $(VENV) (once) ..."
	@$(BIN)/python -m pip install $(PIP_FLAGS) --require-hashes -r deploy/requirements/dev.txt
	@$(BIN)/python -m pip install $(PIP_FLAGS) --no-deps --no-build-isolation -e .
	@touch $@

$(MLFLOW_VENV)/.ready: deploy/requirements/mlflow.txt
	@rm -f $@
	@test -x $(MLFLOW_VENV)/bin/pip || $(PYTHON) -m venv --clear $(MLFLOW_VENV)
	@echo "setting up $(MLFLOW_VENV) with a real MLflow server (once) ..."
	@$(MLFLOW_VENV)/bin/python -m pip install $(PIP_FLAGS) --require-hashes -r deploy/requirements/mlflow.txt
	@touch $@

$(VENV)/.browser-ready: deploy/requirements/browser.txt $(VENV)/.ready
	@rm -f $@
	@$(BIN)/python -m pip install $(PIP_FLAGS) --require-hashes -r deploy/requirements/browser.txt
	@touch $@

demo: setup ## an incident from open to overdue review, in a Slack of its own
	@$(BIN)/ml-incident demo

test: setup ## every test that needs Python packages alone
	@$(BIN)/python -m pytest -m "not real" -n $(JOBS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-real: setup $(MLFLOW_VENV)/.ready $(VENV)/.browser-ready ## tests with a real MLflow server and a real browser (Chromium)
	@ML_INCIDENT_TEST_MLFLOW="$$(pwd)/$(MLFLOW_VENV)" $(BIN)/python -m pytest -m real $(PYTEST_ARGS)

check: setup ## lint, types and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: setup $(VENV)/.browser-ready $(MLFLOW_VENV)/.ready ## measure what is promised: openings, digests, large registries, the page
	@$(BIN)/python -m tests.bench.opening
	@$(BIN)/python -m tests.bench.flood
	@$(BIN)/python -m tests.bench.page
	@$(BIN)/python -m tests.bench.demo
	@$(BIN)/python -m tests.bench.playbooks
	@$(BIN)/python -m tests.bench.lineage
	@$(BIN)/python -m tests.bench.digest
	@$(BIN)/python -m tests.bench.sending
	@ML_INCIDENT_TEST_MLFLOW="$$(pwd)/$(MLFLOW_VENV)" $(BIN)/python -m tests.bench.sync

pictures: setup $(VENV)/.browser-ready ## take the screenshots of the docs again (needs Chromium)
	@$(BIN)/python -m tests.browser.pictures
	@$(BIN)/ml-incident playbooks show common-first-fifteen-minutes -o docs/images/playbook.png

lock: ## pin the newest versions again (needs uv)
	@for what in runtime dev; do \
	  uv pip compile pyproject.toml $$([ $$what = dev ] && echo --group dev) --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade --quiet -o deploy/requirements/$$what.txt; done
	@printf 'mlflow>=3.10\nflask-wtf<2\n' | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-annotate --no-header --upgrade --quiet -o deploy/requirements/mlflow.txt
	@printf 'playwright>=1.49\naxe-playwright-python>=0.1.4\n' | uv pip compile - -c deploy/requirements/dev.txt --universal \
	    --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade --quiet \
	    -o deploy/requirements/browser.txt

clean: ## remove what make created
	rm -rf $(VENV) $(MLFLOW_VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
