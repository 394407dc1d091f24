# The project's commands; each works on a fresh machine, and `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
LOCKS := collector analyzer trader monitor simulator dev compose compose-build

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

say = @printf '\n==> %s\n' '$(1)'

demo: bootstrap ## a whole cycle against the simulated exchange, in containers: no key, no internet
	@ops/demo.sh

tour: bootstrap ## the demo and the rest of the stack: estimates by simulated models, paper orders, a backup, the page
	@ops/demo.sh all

test: venv bootstrap tools lint ## everything that must hold before a change is done
	$(call say,Unit and integration tests: the rules in-process and the real command against the simulator. Some minutes.)
	@$(PYTEST) -q tests/unit tests/integration
	$(call say,Contract tests: the official SDK against our simulator in a container of its own.)
	@$(MAKE) contract
	$(call say,Docker and chaos tests: real images and containers and what kills them. Some minutes.)
	@$(PYTEST) tests/docker tests/chaos

lint: venv bootstrap ## ruff, mypy, import-linter, shellcheck, hadolint, compose-lint
	@ops/lint.sh

unit: venv ## rules and borders, in-process
	@$(PYTEST) tests/unit

integration: venv ## the real command against the simulator and real SQLite files
	@$(PYTEST) tests/integration

contract: bootstrap ## the official SDK against our simulator (a Python 3.13 container)
	@docker compose -f tests/contract/compose.yaml build --quiet
	@docker compose -f tests/contract/compose.yaml run --rm --user "$$(id -u):$$(id -g)" contract

docker: venv bootstrap tools ## real images and containers
	@$(PYTEST) tests/docker

chaos: venv tools ## kills, races and faults, the long form (minutes; `make test` runs a short one)
	@$(PYTEST) -s tests/chaos --chaos-rounds 100

bench: venv ## figures: time, CPU and memory beside the bare floor
	@$(PYTEST) -s tests/bench

lock: venv ## renew requirements/*.txt from *.in (UPGRADE=--upgrade for newer versions)
	@for name in $(LOCKS); do echo "requirements/$$name.txt"; $(call compile,3.11); done
	@for name in contract; do echo "requirements/$$name.txt"; $(call compile,3.13); done

# No index in the lock: whoever installs from it uses the index of that machine.
compile = $(BIN)/uv pip compile --quiet --universal --python-version $(1) --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock' $(UPGRADE) requirements/$$name.in -o requirements/$$name.txt

clean: ## remove .venv, caches and the demo's containers and volume; collected data stays
	@ops/clean.sh

venv:
	@ops/venv.sh

bootstrap:
	@ops/bootstrap.sh

tools:
	@ops/test-tools.sh

.PHONY: help demo tour test lint unit integration contract docker chaos bench lock clean venv bootstrap tools
