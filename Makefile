# `make run` starts the demo, `make test` runs the tests, `make check` everything that CI asks except the second run
# of the tests against PostgreSQL and Redis, which is `make test-services`.

PYTHON ?= $(shell for candidate in python3.11 python3 python3.12 python3.13 python3.14; do \
	if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	echo $$candidate; break; fi; done)
PYTEST_ARGS ?= -n 2 --dist loadfile
UPGRADE ?=

VENV := .venv
BIN := $(VENV)/bin
BIOME_ARGS := $(if $(MAKE_TERMOUT),,--colors=off) --no-errors-on-unmatched
APPS := config invitations lens portals sessions
LOCK := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(if $(UPGRADE),--upgrade)

# A stamp is named for the content of its lock and for this folder: what a checkout does to file times, or moving the
# tree, neither hides a change nor costs an installation.
stamp = $(VENV)/.$(1)-$(shell { pwd; cat $(2); } | cksum | tr ' ' '-')
RUNTIME := $(call stamp,runtime,requirements/base.txt)
DEVELOPMENT := $(call stamp,development,requirements/base.txt requirements/dev.txt)
NODE_STAMP := node_modules/.installed-$(shell cksum < package.json | tr ' ' '-')

# One installation at a time, whatever -j says.
.NOTPARALLEL:
.PHONY: run run-lan test test-services check lint types contracts js migrations deploy-check format lock browser clean

run: $(RUNTIME)
	@exec env SIGHTLINE_EMBEDDED=1 $(BIN)/python manage.py serve --demo

# The same for phones of this network: https with a certificate of its own, and a QR code to scan.
run-lan: $(RUNTIME)
	@exec env SIGHTLINE_EMBEDDED=1 $(BIN)/python manage.py serve --demo --tls

test: $(DEVELOPMENT) browser
	@$(embedded); exec $(BIN)/python -m pytest $(PYTEST_ARGS)

# The same tests against PostgreSQL, Redis, Celery and a media process. Left out is what knows none of them: modules in a
# page, the tools, and the browser tests that look at pages alone; those marked `services` go through all of it.
test-services: $(DEVELOPMENT) browser
	@unset SIGHTLINE_EMBEDDED; $(services); exec $(BIN)/python -m pytest $(PYTEST_ARGS) \
		--ignore=tests/browser_units --ignore=tests/tooling -m "not browser or services"

check: lint types contracts js migrations deploy-check test

lint: $(DEVELOPMENT)
	@$(BIN)/python -m ruff check --quiet .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m djlint --lint --quiet --allow-empty-input $(wildcard templates $(APPS:=/templates))

types: $(DEVELOPMENT)
	@$(embedded); exec $(BIN)/python -m mypy

contracts: $(DEVELOPMENT)
	@$(BIN)/lint-imports --no-logo

js: $(NODE_STAMP)
	@node_modules/.bin/biome check $(BIOME_ARGS) --formatter-enabled=false --error-on-warnings
	@node_modules/.bin/biome format $(BIOME_ARGS) --reporter=summary
	@if [ -n "$$(find $(wildcard $(APPS:=/static)) -name '*.js' -not -path '*/vendor/*' | head -n 1)" ]; then \
		node_modules/.bin/tsc --project tsconfig.json; fi

migrations: $(DEVELOPMENT)
	@$(embedded); export DJANGO_SETTINGS_MODULE=config.settings_test; \
	exec $(BIN)/python manage.py makemigrations --check --dry-run

deploy-check: $(DEVELOPMENT)
	@$(services); $(production); exec $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(DEVELOPMENT) $(NODE_STAMP)
	@$(BIN)/python -m ruff check --fix-only --quiet .
	@$(BIN)/python -m ruff format --quiet .
	@node_modules/.bin/biome check $(BIOME_ARGS) --write

# `make lock` keeps the versions it finds where it can; `make lock UPGRADE=1` takes the newest allowed ones.
lock:
	@set -e; tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	$(need_python); $(PYTHON) -m venv "$$tools"; \
	"$$tools/bin/pip" install --quiet --quiet --disable-pip-version-check 'uv>=0.13,<1'; \
	"$$tools/bin/uv" $(LOCK) requirements/base.in --output-file requirements/base.txt; \
	"$$tools/bin/uv" $(LOCK) --constraint requirements/base.txt requirements/dev.in --output-file requirements/dev.txt

clean:
	rm -rf $(VENV) node_modules staticfiles test-results .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
		.ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What the recipes above are made of.

# Shell: the defaults of config/settings_test.py, whatever the caller's environment holds.
embedded = unset DATABASE_URL REDIS_URL SIGHTLINE_EMBEDDED

# Shell: where the services of this machine answer, unless the caller says otherwise.
define services
export DATABASE_URL="$${DATABASE_URL:-postgres://postgres@127.0.0.1:5432/postgres}" \
	REDIS_URL="$${REDIS_URL:-redis://127.0.0.1:6379/0}"
endef

# Shell: a complete production configuration, with secrets that live as long as the command.
secret = $$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')
define production
unset SIGHTLINE_EMBEDDED; \
export DJANGO_SETTINGS_MODULE=config.settings SIGHTLINE_SECRET_KEY="$(secret)" SIGHTLINE_CODE_PEPPER="$(secret)" \
	SIGHTLINE_ALLOWED_HOSTS=sightline.example SIGHTLINE_ORIGINS=https://sightline.example \
	SIGHTLINE_EMAIL_URL=smtp://127.0.0.1:25 SIGHTLINE_FROM_EMAIL=help@sightline.example
endef

define need_python
if [ -z "$(PYTHON)" ]; then echo "Sightline needs Python 3.11 or newer, and none was found on the PATH." >&2; exit 1; fi
endef

# $(1): the lock, $(2): how to name it. A folder made elsewhere or by a Python that is gone is made anew.
define install
$(need_python); \
if [ "$$(cat $(VENV)/.made-in 2>/dev/null)" != "$$PWD" ] || ! $(BIN)/python -c '' 2>/dev/null; then \
	if [ -L $(VENV) ]; then \
		echo "$(VENV) is a link to an environment of another folder, which is not cleared: remove the link." >&2; exit 1; fi; \
	if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "$(PYTHON) cannot make a virtual environment: install the package python$$version-venv" \
			"(Debian, Ubuntu: apt-get install python$$version-venv)." >&2; exit 1; fi; \
	echo "Making the virtual environment in $(VENV)/ ..."; \
	$(PYTHON) -m venv --clear $(VENV) && echo "$$PWD" > $(VENV)/.made-in || exit 1; fi; \
echo "Installing $(2) from $(1) ..."; \
$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes -r $(1) || exit 1
endef

$(RUNTIME):
	@$(call install,requirements/base.txt,what Sightline needs to run); \
	rm -f $(VENV)/.runtime-* && touch $@

$(DEVELOPMENT):
	@$(call install,requirements/dev.txt,what the tests and checks need); \
	rm -f $(VENV)/.runtime-* $(VENV)/.development-* && touch $(RUNTIME) $@

$(NODE_STAMP):
	@if ! command -v npm >/dev/null 2>&1; then \
		echo "The checks of the browser modules need node and npm, and npm was not found." >&2; exit 1; fi
	@echo "Installing what the checks of the browser modules need ..."
	@npm install --no-package-lock --no-audit --no-fund --loglevel=error >/dev/null
	@rm -f node_modules/.installed-* && touch $@

# Browser tests drive the system's Chromium, or the one that the variable CHROMIUM names; they skip themselves where
# there is none.
browser:
	@if [ -n "$$CHROMIUM" ] || command -v chromium >/dev/null 2>&1; then exit 0; fi; \
	as_root="env DEBIAN_FRONTEND=noninteractive"; \
	if [ "$$(id -u)" != 0 ]; then as_root="sudo -n $$as_root"; fi; \
	if command -v apt-get >/dev/null 2>&1 && $$as_root true >/dev/null 2>&1; then \
		echo "Installing chromium for the browser tests ..."; \
		{ $$as_root apt-get update -qq && \
			$$as_root apt-get install -qq -y --no-install-recommends chromium fonts-liberation; } \
			</dev/null >/dev/null || true; fi; \
	command -v chromium >/dev/null 2>&1 || \
		echo "Browser tests will be skipped: there is no chromium, and it cannot be installed from here."
