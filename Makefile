# make run    start Anjuan on http://127.0.0.1:8000
# make test   every test, on SQLite and PostgreSQL and in a real Chromium
# make check  style, types, import contracts, house tests
# make bench  the figures of the README
# make lock   write the lock files anew
# make clean  remove what these commands made, except var/ (the data)

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Packages come as wheels with the hash the lock names; nothing is compiled or run while installing.
INSTALL := $(PIP) install --require-hashes --only-binary :all:

# Two at a time; a file of tests stays in one process, so that what it sets up is set up once.
PYTEST_ARGUMENTS ?= --numprocesses 2 --dist loadfile --no-loadscope-reorder

# The font of rare characters comes from npm: no Python package has it.
FONTS := casework/acts/fonts
FRONTEND := web/frontend
ASSETS := web/static/built/.stamp
FRONTEND_SOURCES := $(FRONTEND)/build.mjs $(wildcard $(FRONTEND)/src/*)

.PHONY: run worker test check format bench lock assets clean
.DELETE_ON_ERROR:

run: .venv/.installed $(FONTS)/node_modules/.installed $(ASSETS)
	@exec $(BIN)/python app.py serve --demo

worker: .venv/.installed $(FONTS)/node_modules/.installed
	@exec $(BIN)/python app.py worker

test: .venv/.installed-dev $(FONTS)/node_modules/.installed $(ASSETS)
	@sh tests/system-packages.sh
	$(BIN)/python -m pytest $(PYTEST_ARGUMENTS)

check: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/house

format: .venv/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.installed
	@for what in complete loop inbox replay conformance; do $(BIN)/python -m bench $$what --json || exit 1; done

assets: $(ASSETS)

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "Python's venv module is needed (on Debian: the package python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.installed: requirements.txt | .venv/pyvenv.cfg
	@echo "Installing what requirements.txt locks ..."
	@$(INSTALL) -r requirements.txt
	@touch $@

# The development lock holds everything of the other one, at the same versions.
.venv/.installed-dev: requirements-dev.txt | .venv/pyvenv.cfg
	@echo "Installing what requirements-dev.txt locks ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch .venv/.installed $@

# A stamp of its own: a change of our own sources costs a bundling, not an installation.
$(FRONTEND)/node_modules/.installed $(FONTS)/node_modules/.installed: \
		%/node_modules/.installed: %/package-lock.json $(FRONTEND)/npm | .venv/pyvenv.cfg
	@echo "Installing the npm packages of $* ..."
	@sh $(FRONTEND)/npm usable || $(INSTALL) -r requirements-node.txt
	@sh $(FRONTEND)/npm --prefix $* ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(ASSETS): $(FRONTEND)/node_modules/.installed $(FRONTEND_SOURCES)
	@sh $(FRONTEND)/npm --prefix $(FRONTEND) run --silent build
	@touch $@

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --upgrade

lock: .venv/.installed-dev
	$(LOCK) --output-file requirements.txt requirements.in
	$(LOCK) --output-file requirements-dev.txt requirements-dev.in
	$(LOCK) --output-file requirements-node.txt requirements-node.in
	for each in $(FRONTEND) $(FONTS); do \
		sh $(FRONTEND)/npm --prefix $$each install --package-lock-only --ignore-scripts --no-audit --no-fund; done

clean:
	rm -rf .venv web/static/built $(FRONTEND)/node_modules $(FONTS)/node_modules .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis
