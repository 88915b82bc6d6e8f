.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
EMULATOR := .venv-emulator
AUDIT := .venv-audit
PY := $(VENV)/bin/python
DENO := DENO_NO_UPDATE_CHECK=1 $(VENV)/bin/deno
REDOCLY := npm:@redocly/cli@2.77.0
# The checker of validator.w3.org/nu
NU := npm:vnu-jar@26.9.27
# What letters are laid out with, as some email programs know no other way; web versions keep it
OF_EMAILS := '.*attribute on the .(table|td). element is obsolete.*'
RUN := PULUMI_ERROR_OUTPUT_STRING=true $(PY)
# What pytest compiles is kept, for the next process; the plugins that are left out take a second to load, and the tests
# that need them run in one process. Which files stay together is said in tests/conftest.py.
TEST := PYTHONDONTWRITEBYTECODE= $(RUN) -m pytest -p no:schemathesis -p no:anyio -n 2 --dist loadfile --no-loadscope-reorder

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(VENV)/ready $(EMULATOR)/ready ## make both environments

$(VENV)/ready: requirements.txt requirements-dev.txt lambda_src/requirements.in lambda_src/requirements-pictures.in lambda_src/requirements-feeds.in
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(EMULATOR)/ready: local/requirements.txt
	$(PYTHON) -m venv $(EMULATOR)
	$(EMULATOR)/bin/python -m pip install --quiet --disable-pip-version-check -r local/requirements.txt
	@touch $@

$(AUDIT)/ready: requirements-audit.txt
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	@touch $@

bench: setup ## every benchmark, compared with the plain way; writes benchmarks/results.json and the picture (about 15 minutes)
	$(RUN) -m benchmarks
	$(RUN) -m benchmarks.publish

demo: setup ## deploy on this machine, show a list at work, tear down (half a minute)
	$(RUN) -m local.demo

local: setup ## keep the same stack running until Ctrl-C; DEMO=1 starts it with 300 people and two letters
	$(RUN) -m local up $(if $(DEMO),--demo)

check: $(VENV)/ready ## check a deployed stack without doing harm: STACK=name or OUTPUTS=file, WAIT=seconds, RECORD=file
	@test -n '$(STACK)$(OUTPUTS)' || { echo 'Which stack? make check STACK=production, or OUTPUTS=file for a local one'; exit 2; }
	@$(PY) -m check $(if $(STACK),--stack '$(STACK)') $(if $(OUTPUTS),--outputs '$(OUTPUTS)') \
		$(if $(WAIT),--wait '$(WAIT)') $(if $(RECORD),--record '$(RECORD)')

quick: setup ## the tests that need neither a stack nor the emulator (2 minutes)
	$(TEST) tests/unit --ignore tests/unit/local

test: setup ## every test except those of the next two (4 minutes on two cores)
	$(TEST)

test-browser: setup ## the console and the pages in Debian's Chromium (4 minutes)
	$(RUN) -m pytest tests/browser

# In one process: schemathesis gives all cases of a test one name, and pytest-xdist runs one test a name.
test-long: setup ## the tests that start several stacks or break one: faults, fuzzing, floods, destroy, command line (4 minutes)
	$(RUN) -m pytest tests/long

engine: setup ## Pulumi's own engine runs the program against the emulator (8 minutes; FULL=1 runs all of it)
	FULL="$(FULL)" $(RUN) -m tests.engine

proof: setup ## the largest tests, which print what they measure: 100,000 rows and people, 1,000 sign-ups for one address
	FULL_SIZE=1 $(RUN) -m pytest -s tests/local/test_imports.py tests/local/test_readers.py tests/local/test_subscribe.py \
		tests/browser/test_console.py

faults: setup ## campaigns of 2,000 while everything fails; prints the result of each fault (about 20 minutes)
	$(RUN) -m tests.faults

fuzz: setup ## thousands of requests against the API's description
	FUZZ_EXAMPLES=100 $(RUN) -m pytest -s tests/long/test_fuzz.py

screenshots: setup ## the screenshots in the docs, with Debian's Chromium (a minute)
	$(RUN) -m tests.browser.screenshots

lint: setup .build/openapi.json ## check format, lint, types, and the API's description
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m ty check
	$(DENO) fmt --check
	$(DENO) lint
	$(PY) -m openapi_spec_validator .build/openapi.json

lint-api: setup .build/openapi.json ## check the API's description with Redocly, which Deno gets from npm
	@if $(DENO) cache --quiet --frozen $(REDOCLY); \
	then REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true $(DENO) run --quiet --cached-only \
		--allow-read --allow-env --allow-sys $(REDOCLY) lint .build/openapi.json; \
	else echo "NOT linted: Redocly cannot be fetched from here"; fi

lint-html: setup ## check every page that a stack serves with W3C's Nu checker (needs Java and Chromium), and its feed (needs GHC)
	@if command -v java >/dev/null && command -v chromium >/dev/null && $(DENO) cache --quiet --frozen $(NU); \
	then $(RUN) -m tests.browser.pages .build/pages && \
		java -jar "$$($(DENO) eval --cached-only 'import jar from "$(NU)"; console.log(`$${jar}`)')" \
		--Werror --filterpattern $(OF_EMAILS) .build/pages && echo "no error, no warning" && \
		if ghc-pkg latest feed >/dev/null 2>&1; then runghc tests/browser/atom.hs .build/pages.atom; \
		else echo "The feed was NOT checked: there is no GHC with its package feed (Debian: libghc-feed-dev)"; fi; \
	else echo "NOT checked: there is no Java or Chromium, or the checker cannot be fetched from here"; fi

.build/openapi.json: setup $(shell find lambda_src/email_list/openapi -name '*.py')
	@mkdir -p .build
	@PYTHONPATH=lambda_src $(PY) -c 'import json; from email_list.openapi import document; \
		print(json.dumps(document("https://list.example"), indent=2))' > $@

audit: setup $(AUDIT)/ready ## check all packages for known vulnerabilities and licences
	$(AUDIT)/bin/python .ci/audit.py $(VENV) $(EMULATOR)

hashes: $(AUDIT)/ready ## write lambda_src/requirements*.txt, each from the requirements*.in beside it
	cd lambda_src && for listed in requirements*.in; do env -u PIP_FIND_LINKS ../$(AUDIT)/bin/pip-compile --quiet \
		--generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host $$listed; done

format: setup ## rewrite the sources in the house format
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .
	$(DENO) fmt

clean: ## remove the environments and every built file
	rm -rf $(VENV) $(EMULATOR) $(AUDIT) .build

.PHONY: help setup bench demo local check quick test test-browser test-long engine faults fuzz proof screenshots lint lint-api lint-html audit hashes format clean
