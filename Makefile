# Everything here works on a machine that has Python 3.11 or newer and make, and nothing else.

VENV := .venv
BIN := $(VENV)/bin
SETUP := ./scripts/setup
CODE := bridge tests scripts $(wildcard bench)
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
BOT := .fidelity/discord_py/made-from
VERIFIER := .verifier/made-from
PAGE_TOOLS := .page-tools/made-from
HADOLINT := .hadolint/made-from
AUDIT := .audit/made-from
LOCKS := requirements.lock deploy/requirements.lock requirements-dev.lock requirements-audit.lock
WORKERS ?= 3
INPUTS ?= 10000

# A directory that was renamed or copied, and a Python that was replaced, leave an environment that starts nothing.
ifneq ($(wildcard $(VENV)),)
ifneq ($(shell $(SETUP) --look && echo usable),usable)
$(shell rm -f $(RUNTIME) $(DEVELOPMENT))
endif
endif

.DEFAULT_GOAL := help
.PHONY: help environments run test thorough machines check format format-check lint types imports sizes page-check vendor pictures diagrams docs lock openapi fuzz bench chaos fidelity canaries audit sbom release clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null \
		|| grep -E '^[a-z-]+:.*## ' Makefile

run: $(RUNTIME) ## Start the bridge with a simulated Discord (ARGS='--port 0' adds options)
	@exec $(BIN)/pixverse-bridge sandbox $(ARGS)

environments: $(DEVELOPMENT) $(BOT) $(VERIFIER) $(PAGE_TOOLS) $(HADOLINT) ## Install what the tests need into the directory

test: environments ## Run all tests (WORKERS=0 in one process, ARGS='-k name' adds options)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

thorough: $(DEVELOPMENT) ## Run the tests that start many processes
	@$(BIN)/python -m pytest -n $(WORKERS) -m "thorough and not machines" --timeout 300 $(ARGS)

machines: $(DEVELOPMENT) ## Run the tests of several bridges, and of a PostgreSQL that is restarted, filled or fails over
	@$(BIN)/python -m pytest -m machines --timeout 600 $(ARGS)

check: format-check lint types imports sizes page-check test ## Check everything, then run all tests

format: $(DEVELOPMENT) ## Put the code in form
	@$(BIN)/ruff check --quiet --select I --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

format-check: $(DEVELOPMENT)
	@$(BIN)/ruff format --check $(CODE)

lint: $(DEVELOPMENT) ## Look for mistakes
	@$(BIN)/ruff check $(CODE)

types: $(DEVELOPMENT) ## Check the types
	@$(BIN)/mypy

imports: $(DEVELOPMENT) ## Check that imports point down
	@$(BIN)/lint-imports --no-logo

sizes: $(DEVELOPMENT) ## Check that files and functions stay small
	@$(BIN)/python scripts/check_sizes.py bridge

page-check: $(PAGE_TOOLS) ## Check the types and the style of the page (left out without npm)
	@./scripts/check_page

vendor: $(PAGE_TOOLS) $(DEVELOPMENT) ## Copy the libraries of the page, as their lock file says, into the package
	@$(BIN)/python -m scripts.vendor_page

pictures: $(DEVELOPMENT) ## Draw the pictures of the page that are kept in docs (needs Chromium)
	@$(BIN)/python -m scripts.draw_page

diagrams: $(DEVELOPMENT) ## Draw the diagrams of the documents for the site (needs Chromium and npm)
	@$(BIN)/python -m scripts.draw_diagrams

docs: $(DEVELOPMENT) ## Build the documentation site into build/docs/site, and check its links
	@$(BIN)/python -m scripts.site

lock: $(DEVELOPMENT) ## Choose the newest packages that pyproject.toml allows
	@./scripts/lock --upgrade

openapi: $(DEVELOPMENT) ## Write the description of the API that is kept in docs
	@$(BIN)/python -m scripts.write_openapi

fuzz: $(DEVELOPMENT) ## Try made-up input from all sides (INPUTS=10000 of each kind, SEED=1, ARGS='-k frames')
	@FUZZ_INPUTS=$(INPUTS) FUZZ_SEED=$(SEED) $(BIN)/python -m pytest -s -q --timeout 7200 tests/fuzz $(ARGS)

bench: $(DEVELOPMENT) ## Measure what the bridge costs beside a bare client (ARGS='edits submits' chooses parts)
	@$(BIN)/python -m bench $(ARGS)

chaos: $(DEVELOPMENT) ## Kill, cut and refuse for a quarter of an hour (SEED=1, ROUNDS=300 or SECONDS=60, ARGS='kills machines')
	@$(BIN)/python -m tests.chaos --seed $(or $(SEED),1) --rounds $(or $(ROUNDS),300) $(if $(SECONDS),--seconds $(SECONDS)) \
		$(if $(JOBS),--jobs $(JOBS)) $(if $(ACCOUNTS),--accounts $(ACCOUNTS)) $(if $(PROCESSES),--processes $(PROCESSES)) $(ARGS)

fidelity: $(DEVELOPMENT) ## Try the simulated Discord with all the libraries that others wrote (ARGS='-k eris')
	@./scripts/setup_fidelity
	@$(BIN)/python -m pytest -m "fidelity or not fidelity" tests/fidelity $(ARGS)

canaries: $(DEVELOPMENT) ## Run tests with marked secrets and look for them in all that was written (ARGS='tests/feed -- -x')
	@$(BIN)/python -m tests.canaries $(or $(ARGS),-- -n $(WORKERS) --dist worksteal)

audit: $(AUDIT) ## Ask PyPI and OSV for known vulnerabilities of the locked packages (exits with 2 if nobody answers)
	@$(BIN)/python scripts/audit.py $(LOCKS)

sbom: $(AUDIT) ## Write dist/sbom.cdx.json, the CycloneDX list of what the bridge consists of
	@mkdir -p dist
	@.audit/bin/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --mc-type application \
		--output-reproducible --output-format JSON --output-file dist/sbom.cdx.json requirements.lock
	@echo "dist/sbom.cdx.json"

release: $(AUDIT) $(DEVELOPMENT) ## Build sdist and wheel into dist, try them with every supported Python, and write the notes
	@$(BIN)/python -m scripts.release

clean: ## Remove everything that was made, but no data
	rm -rf $(VENV) .audit .fidelity .verifier .page-tools .hadolint .diagrams build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(RUNTIME): requirements.lock pyproject.toml scripts/setup
	@$(SETUP) requirements.lock
	@touch $@

$(DEVELOPMENT): requirements-dev.lock pyproject.toml scripts/setup
	@$(SETUP) requirements-dev.lock
	@touch $@ $(RUNTIME)

$(BOT): tests/fidelity/discord_py/requirements.lock scripts/setup_fidelity | $(DEVELOPMENT)
	@./scripts/setup_fidelity discord_py

$(VERIFIER): tests/callbacks/standardwebhooks/package-lock.json scripts/setup_verifier
	@./scripts/setup_verifier

$(PAGE_TOOLS): tests/page/tools/package-lock.json scripts/setup_page_tools
	@./scripts/setup_page_tools

$(HADOLINT): tests/deploy/hadolint.lock scripts/setup_hadolint | $(DEVELOPMENT)
	@./scripts/setup_hadolint

$(AUDIT): requirements-audit.lock scripts/setup_audit | $(RUNTIME)
	@./scripts/setup_audit
