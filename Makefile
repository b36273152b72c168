# Everything here works in a fresh clone with only Python 3.11 or later (with its venv module), git and make.
# The environment is .venv, filled from the lock files with their hashes checked; it is renewed when a lock changes.
#   make test ARGS="tests/data -x"     arguments for pytest, the benchmark or uv
#   make run PYTHON=/path/to/python3   this interpreter instead of the one that scripts/pythons finds

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP

VENV := .venv
PYTHON :=
ARGS :=
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check --no-input
WHEELS := build/wheelhouse
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.PHONY: help run dev check test slow test-all bench wheel zipapp lock clean

help: ## show this list
	@echo "make TARGET, where TARGET is:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r name text; do \
		printf '%-12s %s\n' "$$name" "$$text"; done

run: $(VENV)/.run-stamp ## open the dashboard on a shipped drill: the real screens, nothing is sent
	@$(VENV)/bin/crisis-tui drill viral-review

dev: $(VENV)/.dev-stamp ## make .venv with the tools for the targets below

check: dev ## format, lint, types and import contracts
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

test: dev ## the test suite
	$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

slow: dev $(WHEELS)/.stamp ## the long tests: faults, load, the installed wheel and the single file
	$(PY) -m pytest -m slow $(ARGS)

test-all: ## the test suite on every Python from 3.12 up that is found here
	@found=$$(scripts/pythons newer); \
	if [ -z "$$found" ]; then echo "No released Python from 3.12 up was found besides; nothing to run."; exit 0; fi; \
	echo "Found Python $$(echo "$$found" | cut -d ' ' -f 1 | tr '\n' ' ')"; \
	failed=""; \
	for version in $$(echo "$$found" | cut -d ' ' -f 1); do \
		python=$$(echo "$$found" | sed -n "s/^$$version //p"); \
		$(MAKE) test VENV=.venv-$$version PYTHON="$$python" || failed="$$failed $$version"; \
	done; \
	if [ -n "$$failed" ]; then echo "Failed on Python$$failed" >&2; exit 1; fi

bench: dev ## the benchmark program
	$(PY) -m bench $(ARGS)

wheel: dev ## dist/*.whl and dist/*.tar.gz
	$(PY) -m build --no-isolation --outdir dist .

zipapp: dev $(WHEELS)/.stamp ## dist/crisis-tui.pyz: one file that needs only Python 3.11-3.14 on Linux
	$(PY) -m scripts.zipapp build --wheels $(WHEELS) --output dist/crisis-tui.pyz

lock: ## renew the lock files (needs uv); newer releases with ARGS=--upgrade
	@command -v uv >/dev/null || { echo "make lock needs uv on the PATH; nothing else here does." >&2; exit 1; }
	$(LOCK) $(ARGS) pyproject.toml -o requirements.lock
	$(LOCK) $(ARGS) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock
	echo hatchling | $(LOCK) $(ARGS) - -c requirements-dev.lock -o requirements-build.lock

clean: ## remove environments, caches and what was built
	rm -rf .venv .venv-3.* build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment that works is kept; a broken or half-made one is made again.
$(VENV)/.venv-stamp:
	@if ! $(PY) -m pip --version >/dev/null 2>&1; then \
		python="$(PYTHON)"; \
		if [ -z "$$python" ]; then python=$$(scripts/pythons first) || exit 1; fi; \
		echo "Making $(VENV) with $$("$$python" --version)"; \
		"$$python" -m venv --clear $(VENV) || exit 1; \
	fi; \
	touch $@

# The build backend comes from a lock too, so that installing ourselves fetches nothing that is not pinned.
$(VENV)/.run-stamp: requirements.lock requirements-build.lock pyproject.toml $(VENV)/.venv-stamp
	@echo "Installing what the program needs into $(VENV)"
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev-stamp: requirements-dev.lock $(VENV)/.run-stamp
	@echo "Installing the tools into $(VENV)"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# Without a network nothing is stamped, and the single file is made from what is installed.
$(WHEELS)/.stamp: requirements.lock | $(VENV)/.dev-stamp
	@if $(PY) -m scripts.zipapp fetch --lock requirements.lock --wheels $(WHEELS); then touch $@; fi
