# Two commands: `make run` and `make test`. Everything else is a convenience.
# Needs python3 (3.11 or newer), make and git; the rest is set up here, inside .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TEST_PACKAGES := mosquitto mosquitto-clients umockdev libumockdev0 libsimavr-dev libelf-dev \
	gcc libc6-dev libusb-1.0-0 systemd udev prometheus curl openssl chromium
export PIP_DISABLE_PIP_VERSION_CHECK := 1
.PHONY: run test check models llama mcp lobechat bench eval lock clean help

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: $(VENV)/.core ## Set up and run on a simulated home and rover
	@$(BIN)/agentd run --config config.toml --simulate

test: $(VENV)/.dev ## Set up and pass all tests
	@scripts/apt "make test" $(TEST_PACKAGES) || echo "Tests that need them are skipped."
	@scripts/apt "the tests of deploy/" nginx caddy docker-compose || true
	@command -v npm >/dev/null || scripts/apt "the firmware test" npm || true
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n 3 --dist worksteal

check: $(VENV)/.dev ## Lint, types and the contracts between rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

models: $(VENV)/.dev ## Set up local language models and fetch a small one (98 MB)
	@$(BIN)/agentd models list --json | grep -q '"name": "smollm2"' || $(BIN)/agentd models pull smollm2

llama: $(VENV)/.dev ## Fetch llama.cpp and a small model (127 MB) and test against them
	@$(BIN)/python tests/peers/fetch_llama.py
	$(BIN)/python -m pytest tests/brains/test_llama.py tests/inference/llm/test_real_model.py \
		tests/api/test_embeddings.py tests/api/test_responses.py tests/api/test_tool_choice.py

mcp: $(VENV)/.dev ## Fetch MCP's TypeScript clients, inspector and conformance suite; test with them
	@$(BIN)/python tests/peers/fetch_mcp.py
	$(BIN)/python -m pytest tests/api/test_mcp_npm.py tests/api/test_mcp_clients.py

lobechat: $(VENV)/.dev ## Fetch LobeChat's own npm packages (175 MB unpacked) and test against them
	@command -v npm >/dev/null || scripts/apt "LobeChat's packages" npm
	@$(BIN)/python tests/peers/fetch_lobechat.py
	$(BIN)/python -m pytest tests/lobechat \
		tests/api/test_embeddings.py tests/api/test_responses.py tests/api/test_tool_choice.py

bench: $(VENV)/.dev ## Measure; prints a table and writes bench.json
	@$(BIN)/python -m bench

eval: $(VENV)/.dev ## Score the brain on every set: a table and eval.json (EVAL="--failures 5")
	@$(BIN)/python -m eval --json eval.json $(EVAL)

lock: ## Pin every dependency by hash (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra sim -o requirements.lock pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra sim --extra llm --extra dev -c requirements.lock \
		-o requirements-dev.lock pyproject.toml

clean: ## Remove what was set up here
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis bench.json eval.json

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "agentd needs Python 3.11 or newer")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || scripts/apt "setting up" python3-venv
	@echo "Setting up $(VENV) (a minute or two, once) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.core: requirements.lock pyproject.toml | $(BIN)/pip
	@$(BIN)/pip install -q --require-hashes -r requirements.lock
	@$(MAKE) --no-print-directory $(VENV)/.link
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.core
	@$(BIN)/pip install -q --require-hashes -r requirements-dev.lock
	@touch $@

# The checkout itself: a path entry and a starter, so that an edit needs no second install.
$(VENV)/.link:
	@$(BIN)/python -c 'import pathlib, sysconfig; \
		pathlib.Path(sysconfig.get_path("purelib"), "agentd.pth").write_text(str(pathlib.Path.cwd()))'
	@printf '#!%s\nfrom agentd.cli import main\nmain()\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/agentd
	@chmod +x $(BIN)/agentd
	@touch $@
