# make run    set up and open the desk on the sample filing
# make test   set up and run all tests
# make check  formatting, lint, types, import contracts, then all tests

PYTHON    ?= python3
VENV      := .venv
BIN       := $(VENV)/bin
WORKSPACE ?= workspace
PORT      ?= 7860

# What llama.cpp would build beside the library: pictures, tools, a server.
export CMAKE_ARGS ?= -DLLAVA_BUILD=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
	-DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_TESTS=OFF

.PHONY: run test check lint format chromium screenshots

run: $(VENV)/.installed
	$(BIN)/acedesk serve --sample --workspace $(WORKSPACE) --port $(PORT)

test: $(VENV)/.installed-dev chromium
	$(BIN)/python -m pytest

check: lint test

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: $(VENV)/.installed-dev chromium
	$(BIN)/python -m docs.take_screenshots

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install -c constraints.txt -e '.[dev,train]'
	touch $@ $(VENV)/.installed

# The browser test needs Chromium: it is installed where that is possible, and never skipped.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; \
	  else \
	    echo "The browser test needs Chromium. Install it: sudo apt-get install chromium" >&2; \
	    exit 1; \
	  fi; }
