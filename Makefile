# Works with GNU make 3.81 or newer, a POSIX shell and Python 3.11 or newer with pip. `make help` lists the targets.

PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
PIP      := $(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt
# On Linux every file is compared with a digest (.ci/lock.py); elsewhere the versions of constraints.txt hold alone.
LOCKED   := $(if $(filter Linux,$(shell uname -s)),$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --no-build-isolation -r,@true)
# Not `?=`: some shells export HOST as the machine's name, and that would open the server to the network.
HOST     = 127.0.0.1
PORT     ?= 8000
DATA     ?= ../shared/data

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# One pip at a time in one environment, also under `make -j`.
.NOTPARALLEL:
.PHONY: help install install-dev install-models serve test test-slow lint format bench bench-parsing fuzz soak parity audit gate baselines peers model ranker screenshots clean

help: ## 列出所有目标 · list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## 建立 .venv，安装 notices 与 notices-eval · make .venv with both commands
	@echo "已就绪 · ready: $(BIN)/notices  $(BIN)/notices-eval"

install-dev: $(VENV)/.installed-dev ## 另装测试与检查工具 · add the tools for tests and checks

install-models: $(VENV)/.installed-models ## 另装 PyTorch 与 sentence-transformers · add the extra [models]

serve: $(VENV)/.installed ## 启动服务（HOST= PORT=）· serve at http://127.0.0.1:8000
	$(BIN)/notices serve --host $(HOST) --port $(PORT)

PYTEST = $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --durations 25

test: lint ## 静态检查与测试（十分钟内）· all checks, and the tests but those marked slow
	$(PYTEST) -m "not slow" $(PYTEST_ARGS)

test-slow: $(VENV)/.installed-dev ## 其余的测试：每项十秒左右 · the others: some ten seconds each
	$(PYTEST) -m slow $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev ## 只做静态检查 · ruff and mypy only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev ## 整理代码格式 · let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed ## 测速：冷启动、服务、接口 · time cold start, serving and HTTP
	$(BIN)/python benchmarks/latency.py

fuzz: $(VENV)/.installed-dev ## 随机请求与更多性质测试（SECONDS=，TIMES=）· requests made of the API document, more of each property test
	$(BIN)/python -m benchmarks.fuzz --seconds $${SECONDS:-120} --times $${TIMES:-20}

soak: $(VENV)/.installed-dev ## 长时间压测：杀进程、并发读写、慢客户端、三倍负载、重启（MINUTES=，WRITE=docs/reliability.md）· everything at once for MINUTES
	$(BIN)/python -m benchmarks.soak --minutes $${MINUTES:-15} $(if $(WRITE),--write $(WRITE))

bench-parsing: $(VENV)/.installed ## 测速：读取与解析、内存 · time reading and parsing by size, peak memory
	$(BIN)/python benchmarks/parsing.py

parity: $(VENV)/.installed-dev ## Milvus 与本地存储逐条比对，一万段；MILVUS_URI= 则用集群 · Milvus against a folder, 10,000 passages
	PARITY_PASSAGES=$${PARITY_PASSAGES:-10000} $(BIN)/python -m pytest tests/test_milvus_units.py tests/test_milvus_parity.py tests/test_milvus_changes.py tests/test_milvus_faults.py tests/test_milvus_restricted.py

audit: $(VENV)/.installed-dev ## 检查依赖：版本、摘要、许可、已知缺陷 · what is installed: digests, licences, faults; build/sbom.json
	$(BIN)/python .ci/audit.py

gate: $(VENV)/.installed ## 质量不得低于基准 · fail when quality fell below the recorded baselines
	$(BIN)/notices-eval gate --baseline benchmarks/baselines/digest.json
	test ! -d ../shared || $(BIN)/notices-eval gate --baseline benchmarks/baselines/shared.json

baselines: $(VENV)/.installed ## 重新记录质量基准 · record the baselines anew
	$(BIN)/python benchmarks/record_baselines.py

peers: $(VENV)/.installed ## 与 txtai、Haystack 等对比（各自的环境在 .venv-peers）· measure other libraries beside this one
	$(BIN)/python benchmarks/peers

model: $(VENV)/.installed-models ## 重新训练编码器（DATA=）· train the encoder anew
	$(BIN)/python -m index.training --data $(DATA) --out index/model

ranker: $(VENV)/.installed-models ## 重新训练排序器（DATA=）· train the ranker anew
	$(BIN)/python -m eval.training.ranker --data $(DATA) --out index/model/ranker.json

screenshots: $(VENV)/.installed-dev ## 各页面截图，写入 build/screenshots · pictures of every view
	$(BIN)/python benchmarks/screenshots.py --images

clean: ## 删除 .venv、.venv-peers、缓存与构建产物 · remove .venv, .venv-peers, caches and builds
	rm -rf $(VENV) .venv-peers build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .gradio
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: nothing is installed again until pyproject.toml or constraints.txt change.
# The build tools are pinned as well, so packages are built with them and not with the newest ones.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt requirements.lock | $(BIN)/python
	$(PIP) --upgrade pip setuptools
	$(LOCKED) requirements.lock
	$(PIP) --no-build-isolation --editable .
	$(BIN)/python -m compileall -q assistant corpus eval index # as pip does with all else: the first command need not
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(LOCKED) requirements-dev.lock
	$(PIP) --no-build-isolation --editable '.[dev]'
	@touch $@

# PyTorch first and by its version: any other request for it may bring gigabytes of CUDA packages.
$(VENV)/.installed-models: $(VENV)/.installed
	$(PIP) torch==2.13.0
	$(PIP) --no-build-isolation --editable '.[models]'
	@touch $@
