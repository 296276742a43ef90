# joinedup: `make run` loads, `make up` starts the server, `make test` tests; each sets up what it needs first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RETURNS ?=
# The demonstration has a warehouse of its own: synthetic and real figures never meet.
DEMONSTRATION := var/demonstration
PACKAGES := joinedup ingestion dbt_project expectations publishing demonstration supply_chain deploy dags benchmarks tests

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run up down test test-long mutations check check-types check-sql format lock setup clean

ifeq ($(strip $(RETURNS)),)
run: $(VENV)/.ready $(DEMONSTRATION)/returns/.made
	@JOINEDUP_HOME=$(DEMONSTRATION) $(BIN)/joinedup run --returns $(DEMONSTRATION)/returns
else
run: $(VENV)/.ready
	@$(BIN)/joinedup run --returns "$(RETURNS)"
endif

# Airflow with its pages on this machine, for the warehouse in JOINEDUP_HOME.
up: $(VENV)/.ready-for-server
	@$(BIN)/joinedup up

down:
	@if [ -x $(BIN)/joinedup ]; then $(BIN)/joinedup down; else echo "No server is running."; fi

$(DEMONSTRATION)/returns/.made: $(wildcard demonstration/*.py demonstration/*/*.yml demonstration/*/*/* ingestion/returns/*.yml) | $(VENV)/.ready
	@rm -rf $(DEMONSTRATION)/returns
	@$(BIN)/joinedup demo-returns $(DEMONSTRATION)/returns
	@touch $@

# Two workers take whole files, in the order of tests/conftest.py.
WHOLE_FILES := -n 2 --dist loadfile --no-loadscope-reorder

test: $(VENV)/.ready-for-tests
	$(BIN)/pytest $(WHOLE_FILES) -m "not long and not live"

# A live scheduler mostly waits: a third worker has what it leaves.
test-long: $(VENV)/.ready-for-tests
	$(BIN)/pytest $(WHOLE_FILES) -n 3 -m "long or live"

mutations: $(VENV)/.ready-for-tests
	$(BIN)/python -m tests.mutations

check: $(VENV)/.ready-for-tests
	$(BIN)/ruff check $(PACKAGES)
	$(BIN)/ruff format --check $(PACKAGES)
	@# What takes long, side by side.
	$(MAKE) --no-print-directory --jobs 2 check-types check-sql
	$(BIN)/python -m supply_chain.advisories

check-types: $(VENV)/.ready-for-tests
	$(BIN)/mypy

check-sql: $(VENV)/.ready-for-tests
	cd dbt_project && ../$(BIN)/sqlfluff lint --processes 2 models macros tests

# Bills of materials (CycloneDX) of what users install, and the licences. What makes them has an
# environment of its own: it would make every start of dbt and Airflow take seconds more.
BILL := .venv-sbom/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible
.PHONY: sbom
sbom: .venv-sbom/.ready $(VENV)/.ready-for-tests
	@mkdir -p sbom
	$(BILL) requirements.lock -o sbom/joinedup.cdx.json
	$(BILL) requirements-server.lock -o sbom/joinedup-server.cdx.json
	$(BIN)/python -m supply_chain.licences sbom/joinedup.cdx.json sbom/joinedup-server.cdx.json

.venv-sbom/.ready: requirements-sbom.lock
	@$(PYTHON) -m venv .venv-sbom
	@.venv-sbom/bin/python -m pip install --quiet --require-hashes -r requirements-sbom.lock
	@touch $@

# Superset, for the tests that start it; it cannot share an environment with the rest.
.venv-superset/.ready: deploy/superset/requirements.lock requirements-pip.lock
	@echo "Installing Superset for its tests (about a minute, once) ..."
	@$(PYTHON) -m venv .venv-superset
	@.venv-superset/bin/python -m pip install --quiet --require-hashes -r requirements-pip.lock
	@# Most of its modules are never used by a test: they are compiled when they are.
	@.venv-superset/bin/python -m pip install --quiet --no-compile --require-hashes -r deploy/superset/requirements.lock
	@touch $@

format: $(VENV)/.ready-for-tests
	$(BIN)/ruff check --fix $(PACKAGES)
	$(BIN)/ruff format $(PACKAGES)
	cd dbt_project && ../$(BIN)/sqlfluff fix --processes 2 models macros tests

setup: $(VENV)/.ready-for-tests

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "joinedup needs Python 3.11 or newer; give one with make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "python3 -m venv failed; on Debian or Ubuntu install the package python3-venv" >&2; rm -rf $(VENV); exit 1; }
	@# The pip that comes with some Pythons (23.1 to 23.2) cannot install a lock that has extras.
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-pip.lock || { rm -rf $(VENV); exit 1; }

$(VENV)/.ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what joinedup runs on (about a minute, once) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-for-server: requirements-server.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the server runs on (about a minute, once) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-server.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.ready

$(VENV)/.ready-for-tests: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what joinedup and its tests run on (about a minute, once) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.ready $(VENV)/.ready-for-server

# The locks name no index: the reader's own pip settings say where packages come from. What users
# install is what the tests ran with, so the other locks follow that of the tests.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --group pyproject.toml:build pyproject.toml
lock: | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --group lock
	$(LOCK) --extra dev --output-file requirements-dev.lock
	$(LOCK) --constraints requirements-dev.lock --output-file requirements.lock
	$(LOCK) --constraints requirements-dev.lock --extra server --output-file requirements-server.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --group pyproject.toml:sbom \
		--output-file requirements-sbom.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate deploy/superset/requirements.in \
		--output-file deploy/superset/requirements.lock
	echo "pip>=25" | $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate - --output-file requirements-pip.lock

clean:
	rm -rf $(VENV) .venv-sbom .venv-superset sbom .mypy_cache .ruff_cache .pytest_cache dbt_project/target dbt_project/logs
