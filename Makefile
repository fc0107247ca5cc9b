# Everything that one does with Blotter. `make` alone lists it.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
BENCH := .venv-bench

# The first Python that is new enough; if none is, the check below says so.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; \
	done; echo python3)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help install pictures browser operations-tools up down status run test bench lint generate new-rule clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '  make %-10s %s\n' "$$name" "$$text"; done

install: $(INSTALLED) ## make .venv with everything that Blotter and its tests need

$(INSTALLED): requirements.txt requirements-dev.txt pyproject.toml services/emitter/pyproject.toml
	@$(PYTHON) deploy/native/prerequisites.py --for install
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps -e . -e services/emitter
	@touch $@

run: ## the demonstration: start everything, send events, show the findings
	@$(PYTHON) deploy/native/prerequisites.py --for run
	@$(MAKE) --no-print-directory install
	$(BIN)/python -m deploy.demo

up: ## start Kafka, Elasticsearch and the services (Docker where it works)
	@$(PYTHON) deploy/native/prerequisites.py --for run
	@$(MAKE) --no-print-directory install
	$(BIN)/python -m deploy up

down: ## stop all that `make up` started; data stays
	$(PYTHON) -m deploy down

status: ## say what runs
	@$(PYTHON) -m deploy status

test: ## lint, then every test, against real servers and a real browser
	@$(PYTHON) deploy/native/prerequisites.py --for test
	@$(MAKE) --no-print-directory install browser operations-tools lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

pictures: install browser ## take the README's pictures again, by the tests that walk through the pages
	$(BIN)/python -m pytest -q --pictures tests/e2e/test_psit_in_browser.py tests/e2e/test_review_in_browser.py

browser: # a Chromium for the tests of the console: Debian's, unless the machine has one
	@if command -v chromium chromium-browser google-chrome >/dev/null; then exit 0; \
	elif [ "$$(id -u)" != 0 ]; then \
		echo "missing: Chromium, for the tests of the console"; \
		echo "on Debian or Ubuntu: sudo apt-get install -y chromium"; exit 1; \
	else apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; fi

operations-tools: # Prometheus and Alertmanager for the tests of what operators see: Debian's
	@if command -v prometheus >/dev/null && command -v prometheus-alertmanager >/dev/null; then exit 0; \
	elif [ "$$(id -u)" != 0 ]; then \
		echo "missing: Prometheus and Alertmanager, for the tests of the operators' view"; \
		echo "on Debian or Ubuntu: sudo apt-get install -y prometheus prometheus-alertmanager"; exit 1; \
	else apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends prometheus prometheus-alertmanager >/dev/null; fi

bench: $(BENCH)/.installed ## measure, also against peers: make bench [ONLY="judge checker"] [ROUNDS=3]
	@$(PYTHON) deploy/native/prerequisites.py --for run
	$(BENCH)/bin/python -m tests.bench $(ONLY) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ONLY),,--write)

$(BENCH)/.installed: requirements.txt requirements-bench.txt pyproject.toml services/emitter/pyproject.toml
	@$(PYTHON) deploy/native/prerequisites.py --for install
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --no-deps -r requirements-bench.txt
	$(BENCH)/bin/python -m pip install --quiet --no-deps -e . -e services/emitter
	@touch $@

lint: install ## style, types, boundaries between packages, generated files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m schemas.generate --check
	$(BIN)/python -m deploy.sync_contract --check
	$(BIN)/python -m deploy.rule_docs --check
	$(BIN)/python -m deploy.settings_docs --check
	$(BIN)/python -m tests.scanner.report --check

generate: install ## write again what is generated from the schemas and the rules
	$(BIN)/python -m schemas.generate
	$(BIN)/python -m deploy.sync_contract
	$(BIN)/python -m deploy.rule_docs
	$(BIN)/python -m deploy.settings_docs
	$(BIN)/python -m tests.scanner.report

new-rule: install ## a rule file to fill in: make new-rule CLAUSE=D.4 [NAME=slug]
	@$(BIN)/python -m deploy.new_rule "$(CLAUSE)" "$(NAME)"

clean: ## stop everything and delete its data (events and findings too)
	$(PYTHON) -m deploy clean
