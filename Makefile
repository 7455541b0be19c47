# Nothing but Python 3.11+ and make is needed: every target builds .venv from the locks first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RIVALS := .venv-bench
DEMO_DATA ?= vigia-demo

.PHONY: help demo cluster test check lint types imports format screenshots report-image image-check rivals lock clean

help:  ## show these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Vigia needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(VENV)/ready  ## a year of simulated trade, judged and mailed, everything running
	$(BIN)/vigia demo --data $(DEMO_DATA)

cluster: $(VENV)/ready  ## Kafka, PostgreSQL and one process a role on this machine
	$(BIN)/python -m tests.acceptance.local_cluster

test: $(VENV)/ready  ## every test but the long ones
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadgroup

check: lint types imports  ## lint, types, import rules

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/ready
	$(BIN)/mypy

imports: $(VENV)/ready
	$(BIN)/lint-imports

format: $(VENV)/ready  ## rewrite the sources in the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

report-image: $(VENV)/ready  ## draw the picture of a backtest's report in docs/images (needs chromium)
	$(BIN)/python -m tests.backtest.screenshot docs/images/backtest.png

screenshots: $(VENV)/ready  ## the pictures of docs/images, from the real pages (needs Chromium)
	$(BIN)/python -m tests.desk.screenshots

image-check: $(VENV)/ready  ## the steps of the Dockerfile in an empty folder, without containers
	$(BIN)/python -m tests.deploy.image

$(RIVALS)/ready: requirements-bench.lock
	$(PYTHON) -m venv $(RIVALS)
	$(RIVALS)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-bench.lock
	@touch $@

rivals: $(VENV)/ready $(RIVALS)/ready  ## folding against Quix Streams and bytewax, on a real Kafka
	$(BIN)/python -m bench.kafka_rivals

lock:  ## renew the locks (needs uv)
	uv pip compile --generate-hashes --universal --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 pyproject.toml --output-file requirements.lock
	uv pip compile --generate-hashes --universal --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 pyproject.toml --group dev --extra apprise --constraint requirements.lock --output-file requirements-dev.lock
	uv pip compile --generate-hashes --universal --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 --group bench --output-file requirements-bench.lock

clean:  ## remove what the targets made
	rm -rf $(VENV) $(RIVALS) build dist .mypy_cache .ruff_cache .pytest_cache
