# Each target is explained by `make help`. The work is done in tools/, by whichever Python 3.9 or later is at hand.
PYTHON ?= python3
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run stop doctor test check fmt train evaluate rehearse migrate env requirements pages browser clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-13s %s\n' "$$name" "$$what"; done

run: python ## Prepare what is stale, start everything, print the addresses; Ctrl-C stops it all
	@exec $(PYTHON) -m tools.run

stop: python ## End the run that was started from this folder
	@$(PYTHON) -m tools.run --stop

doctor: python ## Look at what a run needs (ports, disk, Pythons, Node), change nothing
	@$(PYTHON) -m tools.run --check

test: python ## All tests; some of them: make test ONLY="desk nlu" (desk nlu actions stories pages replays faults e2e)
	@exec $(PYTHON) -m tools.run_tests $(ONLY)

check: python ## Format, lint, types, import contracts, data, pages; some: make check ONLY=data
	@exec $(PYTHON) -m tools.check $(ONLY)

fmt: env ## Format the Python files and mend what can be mended
	@.venv/bin/ruff check --quiet --fix bot actions sandbox tools tests || true
	@.venv/bin/ruff format bot actions sandbox tools tests

train: python ## Train the assistant unless a model fits its sources
	@exec $(PYTHON) -m tools.make train

evaluate: python ## Measure hearing and write reports/nlu.md
	@exec $(PYTHON) -m tools.make evaluate

rehearse: ## Play the case of August 2018 to whoever is on the rota of the running desk, and score it
	@.venv/bin/python -m bot rehearse

migrate: python ## Bring the database to the newest tables
	@exec $(PYTHON) -m tools.make migrate

env: python ## Both Python environments, from the pinned requirements
	@exec $(PYTHON) -m tools.make env

requirements: python ## Compile requirements/*.txt anew from pyproject.toml
	@exec $(PYTHON) -m tools.requirements

pages: python ## Build the widget and the console when their sources changed
	@exec $(PYTHON) -m tools.make pages

browser: python ## Find Chromium for the browser tests, or install the system's
	@exec $(PYTHON) -m tools.make browser

clean: ## Remove what can be made again: pages, models, caches, stamps. Environments and conversations (var/) stay
	rm -rf bot/web/dist models .rasa .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var/stamps var/test
	find bot actions sandbox tools tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: python
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || { echo "This needs Python 3.9 or later as $(PYTHON): install it, or name one with make PYTHON=/path/to/python3 …" >&2; exit 1; }
