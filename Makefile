# Regulars: `make run` starts everything, `make test` runs all checks. PORT, DATA_DIR and the like: make run PORT=8010
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench bench-predict prove-messages prove-erasure woocommerce-plugin clean

VENV := .venv/bin/python
CANDIDATES = $(if $(PYTHON),"$(PYTHON)",$(VENV) python3 python3.13 python3.12 python3.11)
SUITS = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

# Every check runs, also after one has failed.
HEADED = printf '\n== %s ==\n' '$(1)'; $(VENV) $(2) || failed=1;
CHECKS = $(call HEADED,import contracts,.venv/bin/lint-imports) $(call HEADED,lint,-m ruff check) \
	$(call HEADED,format,-m ruff format --check) $(call HEADED,types,-m mypy)

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## Build the environment in .venv (PYTHON=/path/to/python3.12 chooses a Python)
	@for python in $(CANDIDATES); do \
		if "$$python" -c '$(SUITS)' 2>/dev/null; then exec "$$python" -m app.local.setup; fi; \
	done; \
	echo 'Regulars needs Python 3.11, 3.12 or 3.13, and$(if $(PYTHON), $(PYTHON) is not one, there is none here). Install one, or name it: make setup PYTHON=/path/to/python3.12' >&2; exit 1

run: setup ## Start everything and open the demo shop; Ctrl-C stops it
	@exec $(VENV) -m app.local --leash $$PPID

test: setup ## Run all checks: contracts, lint, format, types, tests
	@failed=0; $(CHECKS) $(call HEADED,tests,-m pytest) exit $$failed

check: setup ## Run all checks but the tests
	@failed=0; $(CHECKS) exit $$failed

bench: setup ## Measure this machine: requests, imports, trainings
	@exec $(VENV) -m tests.bench

bench-predict: setup ## Measure predictions on public orders: DATA=folder [ONLY=part]
	@exec $(VENV) -m tests.bench.predict "$(DATA)" $(ONLY)

prove-messages: setup ## Rehearse 20,000 shoppers' journeys with faults: nobody written to twice, or after buying
	@exec $(VENV) -m tests.prove messages

prove-erasure: setup ## Forget planted people, then look for every byte of them on the disk
	@exec $(VENV) -m tests.prove erasure

woocommerce-plugin: setup ## Pack the WordPress plugin into build/regulars-for-woocommerce.zip
	@exec $(VENV) -m plugins.woocommerce.wordpress.build

clean: ## Take away the environment and caches; data stay in DATA_DIR
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find app plugins recommender tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +
