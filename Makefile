# Two commands do everything on a fresh machine with Python 3.11+: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
STORE ?= data
# Code is compiled once, not by every process that is started.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run tools compiled test quick night check scoreboard fuzz rules site judgement screenshots scale bench peers lock clean

help: ## list what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: .venv/installed ## install everything the project needs into .venv

# A current pip takes half the time of the one that comes with Python 3.11. Of the libraries only what is imported is ever
# compiled, and then kept.
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11; set PYTHON=python3.11 or later"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "no venv module; on Debian: apt-get install python3-venv"; exit 1; }
	$(PIP) --upgrade pip
	$(PIP) --no-compile --no-deps --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## ingest data/samples, show what was found, ask a first question
	$(BIN)/gongkai ingest data/samples --store $(STORE)
	@echo
	$(BIN)/gongkai query --store $(STORE) "$$(cat docs/first-question.sql)"

tools: ## as root on Debian: install Chromium and LibreOffice, which some tests drive
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends fonts-noto-cjk libreoffice-writer libreoffice-calc libarchive-tools >/dev/null
	apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null || apt-get install -y -qq --no-install-recommends chromium >/dev/null

# What tests import is compiled by one process that collects them; the four of `make test` would each do it, and say what
# fails.
compiled: setup
	-$(BIN)/python -m pytest --collect-only -q >/dev/null

# Four processes share the tests, a file at a time, for some wait for servers and clocks. What is skipped, and why, is
# said at the end.
WHOLE := $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder -rs
test: setup ## run all tests, of long series a few members, others with every commit
	$(WHOLE)

quick: setup ## run the tests of readers, transform and rules, but for the slow ones
	$(BIN)/python -m pytest -n 2 -m "not slow" tests/extract tests/transform tests/expectations

night: setup ## run all tests, the long series in full
	$(WHOLE) --night

check: setup ## lint, format, types, import direction
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

scoreboard: setup ## read the real reports beside the project, write the result into docs/accuracy.md
	$(BIN)/python -m docs.make.scoreboard

fuzz: setup ## read damaged reports in every shape for a quarter of an hour, keep what is read wrongly
	$(BIN)/python -m tests.fuzz

rules: setup ## write the tables of rules and of what is shown: docs/rules.md, docs/visibility.md
	$(BIN)/python -m docs.make.rulebook
	$(BIN)/python -m docs.make.visibility

site: setup ## write the docs as a static site to build/site
	$(BIN)/mkdocs build --strict --quiet

screenshots: setup ## take the pictures in docs/: the dashboard, and a run on a Prefect server of its own
	$(BIN)/python -m docs.make.screenshots
	$(BIN)/python -m docs.make.prefect_ui

judgement: setup ## plant errors in 10,000 reports and count what is found
	$(BIN)/python -m benchmarks.judgement

scale: setup ## ingest 20,000 made-up reports of all shapes, hold them against their truth
	$(BIN)/python -m benchmarks.scale build/corpus 20000

bench: setup ## measure reading against the bare parsers, what Prefect costs, nights, a cluster, and the dashboard
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.commands
	$(BIN)/python -m benchmarks.orchestration
	$(BIN)/python -m benchmarks.night
	$(BIN)/python -m benchmarks.compaction build/nights
	$(BIN)/python -m benchmarks.cluster
	$(BIN)/python -m benchmarks.dashboard

peers: setup .venv-peers/installed ## measure reading beside general tools, by time and cells right
	$(BIN)/python -m benchmarks.peers

.venv-peers/installed: benchmarks/peers.txt
	@$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt
	@touch $@

lock: setup ## resolve the dependencies anew into requirements.lock
	$(PIP) uv
	$(BIN)/uv pip compile pyproject.toml --extra cluster --extra iceberg --extra ocr --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet --output-file requirements.lock

clean: ## remove the store's data and all caches; samples stay
	find data -mindepth 1 -maxdepth 1 ! -name samples ! -name gold ! -name sources ! -name README.md -exec rm -rf {} +
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
