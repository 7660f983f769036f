# Every verb does its own set-up: Python 3.11 or newer, make and a compiler are all a machine needs.
# PYTHON chooses the interpreter that .venv is made with:  make test PYTHON=python3.12

PYTHON ?= python3
PORT ?= 5000
DATA ?= ./trackline-data
SECONDS ?= 600
# As many quick tests at once as there are cores, and one more: tests often wait for the programs that they test.
JOBS ?= $(shell expr `getconf _NPROCESSORS_ONLN` + 1)

PY := .venv/bin/python
UV := $(PY) -m uv --quiet

# A company's own certificate authority is known to the machine and not to uv: where the machine has a store, use it.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
UV_SYSTEM_CERTS ?= true
export UV_SYSTEM_CERTS
endif

# Stamps carry what they stand for in their name: a moved folder makes the environment anew (its scripts hold
# absolute paths), a changed lock or pyproject.toml syncs it, and anything else costs nothing.
MADE := .venv/made-$(firstword $(shell echo '$(CURDIR)' | cksum))
SYNCED := .venv/synced-$(firstword $(shell cat requirements.lock pyproject.toml | cksum))

.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-faults test-deploy lint bench bench-artifacts bench-postgres bench-scale bench-pages bench-moving gallery web fuzz audit sbom lock setup clean

help: ## what can be made here (this page)
	@echo 'Trackline: each verb sets up all it needs the first time.'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "  make %-16s %s\n", $$1, $$2 }'
	@echo
	@echo '  make run PORT=5001 DATA=/tmp/demo    another port, another folder'
	@echo '  make test PYTHON=python3.12          another interpreter for a new .venv'

run: setup web ## start a tracker on 127.0.0.1:5000 and fill it with real trainings
	@$(PY) -m tools.client_environments 3.17 >/dev/null
	@$(PY) -m tools.demo --port '$(PORT)' --data '$(DATA)'

# Real programs that the tests use: an S3 store (Ceph's gateway), a browser, proxies, a database to import from. Tests
# whose program is missing say so and are left out, or use a lighter one.
GROUPS := radosgw,ceph-mon,ceph-osd,ceph-common,openssl chromium nginx-light caddy mariadb-server-core
.PHONY: programs
programs:
	@for program in radosgw chromium nginx caddy mariadbd; do command -v $$program >/dev/null || missing=yes; done; \
	[ -z "$$missing" ] || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || { \
	    echo 'test: installing real programs to test with: Ceph, Chromium, nginx, Caddy, MariaDB (needed once)'; \
	    apt-get update -qq; \
	    for group in $(GROUPS); do \
	        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
	            $$(echo $$group | tr , ' ') >/dev/null || echo "test: without $$group"; \
	    done; }

test: lint web programs ## lint, then every quick test, with each generation of the MLflow client
	@$(PY) -m tools.client_environments >/dev/null
	@echo 'test: pytest'
	@$(PY) -m pytest -n $(JOBS) --dist loadfile

# Among the slow tests are builds of images, for which a busy machine may take longer than any other test may.
SLOW := -o faulthandler_timeout=2400 -m

test-slow: test ## the same, then the slow tests, one after the other
	@echo 'test: pytest, the slow tests'
	@$(PY) -m pytest $(SLOW) slow

# Real servers of PostgreSQL's come with the tests; only the full disk needs root. A few minutes, and a table in the end.
test-faults: setup ## break PostgreSQL and workers under load: nothing acknowledged may be lost, nothing done twice
	@$(PY) -m tools.client_environments 3.17 >/dev/null
	@echo 'test-faults: pytest'
	@$(PY) -m pytest tests/faults -m slow -rs

# systemd is booted on a copy-on-write view of this machine, which takes root and systemd-nspawn; what cannot run here says
# so. Other ways of deployment have their own folders in tests/deploy.
DEPLOYS := systemd-container docker.io docker-compose mmdebstrap slirp4netns $(if $(shell command -v kubectl),,kubernetes-client)
test-deploy: setup web programs ## run the service, images and manifests as they are deployed (needs root; some minutes)
	@for program in $(DEPLOYS); do \
	    dpkg -s $$program >/dev/null 2>&1 || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
	    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$program >/dev/null || \
	    echo "test-deploy: without $$program"; \
	done
	@$(PY) -m tools.client_environments 3.17 >/dev/null
	@echo 'test-deploy: pytest'
	@$(PY) -m pytest tests/deploy $(SLOW) 'slow or not slow' -rs

lint: setup ## ruff, mypy, import-linter and the house linter
	@echo 'lint: ruff'
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --check --quiet
	@echo 'lint: mypy'
	@$(PY) -m mypy --no-error-summary
	@echo 'lint: imports between rooms'
	@report=$$($(PY) -c 'from importlinter.cli import lint_imports_command as run; run()' --no-logo) || { echo "$$report"; exit 1; }
	@echo 'lint: the house'
	@$(PY) tools/house.py

bench: setup web ## measure Trackline beside MLflow and FastTrackML (some minutes)
	@$(PY) -m tools.client_environments 3.17 >/dev/null
	@$(PY) -m bench.environments fasttrackml >/dev/null
	@$(PY) -m bench

web: setup ## build the web interface, where its source has changed
	@$(PY) -m tools.web_types
	@$(PY) tools/build_web.py

bench-artifacts: setup programs ## the same for artifacts in an object store (some minutes more, and 10 GB of disk)
	@$(PY) -m tools.client_environments 3.17 >/dev/null
	@$(PY) -m bench --artifacts

bench-pages: setup web programs ## the same for the pages, in a real browser (some ten minutes)
	@$(PY) -m tools.client_environments 3.17 >/dev/null
	@$(PY) -m bench.pages

bench-moving: setup ## import, export and backup of 10 million points (some ten minutes, and 10 GB of disk)
	@$(PY) -m bench --moving

gallery: setup web programs ## take the pictures of docs/gallery.md anew
	@$(PY) -m tools.gallery

bench-postgres: setup ## the same on PostgreSQL, and docs/scaling.md (some ten minutes)
	@$(PY) -m tools.client_environments 3.17 >/dev/null
	@$(PY) -m bench.environments >/dev/null
	@$(PY) -m bench --postgres
	@$(PY) -m bench.scaling

bench-scale: setup ## what reads cost with 1,000 to 100,000 runs (the first time some minutes more, and 1 GB of disk)
	@$(PY) -m bench.growth

# Each target for SECONDS, one at a time: the parsers and the whole server without its sockets (docs/fuzzing.md).
fuzz: setup ## look for crashes with coverage-guided fuzzers (SECONDS=600 for each target)
	@$(PY) -m tests.fuzz --seconds '$(SECONDS)'

# What could not be looked up is a failure too: no answer must not read as "nothing known".
audit: setup ## ask the public vulnerability service for what requirements.lock names
	@$$($(PY) -m tools.tool_environments audit) -m pip_audit --strict --progress-spinner off --disable-pip \
	    --require-hashes --requirement requirements.lock || { echo 'audit: a package is known to be vulnerable, or the' \
	    'vulnerability service could not be asked; the lines above say which' >&2; exit 1; }

# Of what a user installs, without what only the tests need; versions and hashes are the lock's.
sbom: setup ## write the bill of materials (CycloneDX) of what is installed to dist/trackline.cdx.json
	@mkdir -p dist
	@$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --all-extras \
	    --constraint requirements.lock --output-file dist/requirements.txt pyproject.toml
	@$$($(PY) -m tools.tool_environments audit) -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml \
	    --output-reproducible --of JSON -o dist/trackline.cdx.json dist/requirements.txt
	@echo 'sbom: dist/trackline.cdx.json'

lock: setup ## renew requirements.lock from pyproject.toml
	@$(UV) pip compile --universal --python-version 3.11 --generate-hashes --upgrade --group dev \
	    --custom-compile-command 'make lock' --output-file requirements.lock pyproject.toml
	@echo 'lock: requirements.lock is renewed; the next verb installs it'

setup: $(SYNCED) ## make .venv and install what requirements.lock names (every verb does this first)
	@:

clean: ## remove environments, caches and builds; data folders stay
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist web/node_modules trackline/static
	find trackline tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@command -v '$(PYTHON)' >/dev/null || { \
	    echo "Trackline needs Python 3.11 or newer, and there is no '$(PYTHON)' here." \
	         'Name yours: make PYTHON=/path/to/python3.11 …' >&2; exit 2; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Trackline needs Python 3.11 or newer; '$(PYTHON)' is older ($$('$(PYTHON)' --version 2>&1))." \
	         'Name a newer one: make PYTHON=python3.11 …' >&2; exit 2; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "'$(PYTHON)' cannot make virtual environments: its venv module is missing." \
	         'On Debian or Ubuntu: apt install python3-venv' >&2; exit 2; }
	@echo "setup: making .venv with $$('$(PYTHON)' --version)"
	@'$(PYTHON)' -m venv --clear .venv
	@touch $@

# The lock names uv itself: pip installs exactly that one, hashes checked, and uv does the rest.
$(SYNCED): | $(MADE)
	@echo 'setup: installing the packages of requirements.lock'
	@awk '/^[a-z]/ { ours = /^uv==/ } ours' requirements.lock > .venv/uv.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.txt
	@$(UV) pip sync --python $(PY) --require-hashes requirements.lock
	@$(UV) pip install --python $(PY) --no-deps --no-build-isolation --editable .
	@rm -f .venv/synced-*
	@touch $@
