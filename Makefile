# make demo   the whole flow over the sample newsroom, then the pages (SERVE=0: without the pages)
# make test   the whole gate
# make lock   pin the dependencies anew (needs uv)

PYTHON ?= python3
BIN := .venv/bin
SERVE ?= 1

.PHONY: demo test lock readme

demo: .venv/ready
	$(BIN)/lagebild demo $(if $(filter 0,$(SERVE)),--no-serve)

test: .venv/ready
	$(BIN)/pytest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Lagebild needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --group dev pyproject.toml -o requirements.lock

readme: .venv/ready
	$(BIN)/cog -r README.md
