# Deskreel. `make help` lists the verbs; each does all the set-up that it needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
STAMPS := .venv/.stamps
ONCE ?=
ONLY ?=
# tests run in this many processes, the longest files first; what measures runs alone
JOBS ?= 2

.PHONY: help demo test check bench dev web openapi lock clean format screenshots reference system-demo system-test system-bench

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: system-demo $(STAMPS)/python web ## record a real screen during a simulated call and play it back (ONCE=1: then exit)
	@$(BIN)/deskreel --log-level warning demo $(if $(ONCE),--once) $(if $(YES),--yes)

test: system-test $(STAMPS)/python web ## all tests: Python, web, end to end in a real browser
	@cd web && npm test --silent
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m 'not measures' tests/e2e tests/chaos tests/integration tests/unit tests/docs
	@$(BIN)/python -m pytest -m measures tests/e2e

check: $(STAMPS)/python $(STAMPS)/node ## linters and types; warnings are errors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@web/node_modules/.bin/pyright --warnings
	@$(BIN)/lint-imports
	@cd web && npm run check --silent

bench: system-bench $(STAMPS)/python web ## print the promised figures beside their peers (ONLY=name: one of them)
	@$(BIN)/python -m bench $(ONLY)

screenshots: system-test $(STAMPS)/python web ## make docs/images anew, by scripts/desktop_images.py and the end-to-end tests
	@mkdir -p docs/images
	@$(BIN)/python scripts/desktop_images.py $(CURDIR)/docs/images
	@DESKREEL_TEST_SCREENSHOTS=$(CURDIR)/docs/images $(BIN)/python -m pytest tests/e2e -k 'demo or activities or activity_details or evaluations_pages or forms_pages'

reference: $(STAMPS)/python ## write the generated pages of docs/reference anew
	@$(BIN)/python scripts/reference.py

dev: $(STAMPS)/python $(STAMPS)/node ## server with auto-reload, and Vite for the web UI on port 5173
	@$(BIN)/python scripts/dev.py

web: $(STAMPS)/web ## build the web UI

openapi: $(STAMPS)/python $(STAMPS)/node ## write web/openapi.json and the client's types from the server
	@$(BIN)/python scripts/openapi.py web/openapi.json
	@cd web && npm run api --silent

lock: $(STAMPS)/python ## resolve requirements.lock anew
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --no-emit-index-url --quiet -o requirements.lock

format: $(STAMPS)/python ## format the Python code
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

clean: ## remove all that was built, installed or recorded here
	@rm -rf .venv web/node_modules web/dist demo-out bench-out .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up: each step runs once, and again when what it depends on has changed -----------------------------

system-demo system-test system-bench: system-%:
	@scripts/system-packages $*

$(STAMPS)/python: requirements.lock pyproject.toml scripts/python-env
	@scripts/python-env
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/node: web/package.json web/package-lock.json $(STAMPS)/python
	@echo "installing the web UI's packages"
	@cd web && npm ci --no-audit --no-fund --silent
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/web: $(STAMPS)/node web/index.html web/vite.config.ts $(shell find web/src -type f 2>/dev/null)
	@echo "building the web UI"
	@cd web && npm run build --silent
	@mkdir -p $(STAMPS) && touch $@
