# Two commands do all the set-up: `make logo` and `make test`. Works in a path with spaces.
PYTHON ?= python3
PROMPT ?= a fox for a coffee shop, warm orange, friendly
NAME ?= Foxy Beans
OUT ?= logos
VENV := .venv
PY := $(VENV)/bin/python
# passed through the environment as typed, so that quotes and dollars in a prompt do no harm
export ZNAK_PROMPT := $(value PROMPT)
export ZNAK_NAME := $(value NAME)
export ZNAK_OUT := $(value OUT)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help logo serve chaos test lint system-tools format clean

help:
	@echo "make logo   make logos for a sample brief (PROMPT=\"…\" NAME=\"…\" OUT=folder for your own)"
	@echo "make serve  web page, HTTP API and worker on this machine, until Ctrl-C"
	@echo "make test   everything that CI runs"
	@echo "make chaos  workers killed, stores locked, disks full: does every job end once? (minutes)"
	@echo "make format mend the layout of the code"

$(PY):
	@"$(PYTHON)" -c 'import sys; sys.exit("znak needs Python 3.11 or newer, this is %s: make PYTHON=python3.12 …" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/core.done: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --editable .
	@touch $@

# torch 2.13.0 by name takes the CPU build; `pip install 'znak[train]'` alone takes the platform's own
$(VENV)/dev.done: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet torch==2.13.0
	$(PY) -m pip install --quiet --editable '.[dev]'
	$(PY) -m pip install --quiet --no-deps torch-fidelity==0.4.0 prdc==0.2  # their formulas, to compare with
	@touch $@ $(VENV)/core.done $(VENV)/serve.done

logo: $(VENV)/core.done
	@$(PY) -m znak make "$$ZNAK_PROMPT" --name "$$ZNAK_NAME" --out "$$ZNAK_OUT"

serve: $(VENV)/serve.done
	@exec $(PY) -m znak serve

$(VENV)/serve.done: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --editable '.[serve]'
	@touch $@ $(VENV)/core.done

chaos: $(VENV)/dev.done
	$(PY) benchmarks/chaos.py

system-tools:
	@sh scripts/system-tools.sh

lint: $(VENV)/dev.done
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/python -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

test: $(VENV)/dev.done system-tools lint
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -n 2  # one thread a worker: two would fight

format: $(VENV)/dev.done
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
