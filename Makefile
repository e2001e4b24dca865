# 格环 Gridloop. `make` lists what can be done. Needs Python 3.11 or newer; everything else is fetched into .venv.

PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input
LOCK := .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate
# One more than there are cores: a test waits about as long as it works.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 1)

export PYTHONUTF8 := 1
# Where containers switch it off, every process would compile all of this anew: half of its start.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install install-dev web run smoke demo test test-situations test-attacks test-browser test-kafka kafka faults bench check format contracts lock clean

help: ## 列出所有命令 · this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: .venv/installed ## 安装运行所需 · install what running needs

install-dev: .venv/installed-dev ## 安装开发所需 · install what developing needs

web: install ## 生成页面 · build the pages
	@$(PY) -m deploy.local web

run: web ## 启动全部（http://localhost:8080） · start everything
	@exec $(PY) -m deploy.local run

smoke: web ## 二十件上报走完六个环节 · twenty reports through all six stages
	@$(PY) -m deploy.smoke

demo: install ## 向已启动的系统模拟一天 · play a day of reports to a running system
	@$(PY) -m deploy.demo

test: install-dev web ## 测试（嵌入式代理与数据库） · the tests, on the embedded parts
	@$(PY) -m pytest -n $(JOBS)

test-situations: install-dev web ## 三十种情形，整套系统 · the thirty situations, on the whole system
	@$(PY) -m pytest -n $(JOBS) tests/situations

test-attacks: install-dev web ## 攻击与模糊测试 · attacks and fuzzing from outside
	@$(PY) -m pytest -n $(JOBS) tests/attacks

test-kafka: install-dev web ## 流水线与故障测试（Apache Kafka） · pipeline and fault tests on Apache Kafka
	@TEST_BROKER=kafka $(PY) -m pytest -n 2 tests/kafka tests/pipeline tests/faults

test-browser: install-dev web ## 浏览器测试（需要 Chromium） · browser tests (need Chromium)
	@$(PY) -m pytest tests/browser -n $(JOBS)

kafka: install ## 启动 Apache Kafka（需要 Java 17 与 Maven） · run Apache Kafka (needs Java 17 and Maven)
	@exec $(PY) -m deploy.local kafka

faults: install-dev web ## 故障测试（长；FAULT_ROUNDS、FAULT_SEED） · fault tests, the long form
	@FAULT_ROUNDS=$${FAULT_ROUNDS:-5} FAULT_SEED=$${FAULT_SEED:-$$(date +%s)} $(PY) -m pytest tests/faults -s

bench: install-dev web ## 性能表（ONLY=flow,lists；QUICK=1 只看能否跑通） · the table of measurements
	@$(PY) -m bench $(ONLY)

check: install-dev web ## 静态检查 · static checks
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m codespell_lib
	.venv/bin/pyright
	.venv/bin/lint-imports
	$(PY) -m contracts.generate --check
	$(PY) -m deploy.local web-check

format: install-dev ## 统一格式 · format the code
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

contracts: install-dev ## 由模型生成契约文件 · generate the contract files from the models
	$(PY) -m contracts.generate

lock: install-dev ## 重新锁定依赖版本 · pin the dependencies anew
	$(PIP) uv
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --group local -c requirements.txt -o requirements-local.txt
	$(LOCK) --group dev -c requirements.txt -o requirements-dev.txt

clean: ## 删除生成物（保留 .gridloop 中的数据） · remove what was made, not the data in .gridloop
	rm -rf .venv .cache .pytest_cache .ruff_cache .import_linter_cache services/console/web/node_modules services/console/web/dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "gridloop: 需要 Python 3.11 或更新版本，例如 make run PYTHON=python3.12 / Python 3.11 or newer is needed, e.g. make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "gridloop: 无法建立 .venv，请安装 venv（如 apt-get install python3-venv） / .venv cannot be made: install venv (e.g. apt-get install python3-venv)" >&2; rm -rf .venv; exit 1; }

.venv/installed: requirements.txt requirements-local.txt | .venv/bin/python
	@echo "正在安装依赖（第一次约一分钟） · installing dependencies (a minute the first time)"
	@$(PIP) --require-hashes -r requirements.txt -r requirements-local.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@
