# `make help` lists the commands. Each sets up what it needs, once.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
# More for `mlflow run`, as in: make fit ARGS="-P target=psi_3 -P hidden=40,40"
ARGS ?=
# The folder with the pictures for the benchmarks of classifiers; the user's cache, and the net, unless given.
DATA ?=
# Not empty: `make bench-classifiers` trains with all of MNIST and Fashion-MNIST too, some minutes each.
WHOLE ?=
# Where `make figures` draws.
FOLDER ?= figures
# How long `make soak` takes, and its requests that are nearly valid once more.
MINUTES ?= 60

export PATH := $(abspath $(VENV))/bin:$(PATH)
# The project's own experiment, unless another is chosen: `mlflow run` makes the run before it starts anything here.
ifeq (,$(MLFLOW_EXPERIMENT_ID)$(findstring --experiment-,$(ARGS)))
fit: export MLFLOW_EXPERIMENT_NAME ?= derivable
endif
# And it waits for a server for four minutes without a word, unless told otherwise.
fit: export MLFLOW_HTTP_REQUEST_MAX_RETRIES ?= 2
fit: export MLFLOW_HTTP_REQUEST_TIMEOUT ?= 20

# $(call install,LOCK): LOCK is installed in the environment, unless it is already. The copy that marks it done is
# compared by content, so that a fresh clone may share an environment, and an interrupted installation starts again.
define install
	@cmp -s $(1) $(VENV)/$(1) || { \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "error: Python 3.11 is needed: make PYTHON=/path/to/python3.11")' && \
	echo "Setting up $(VENV) from $(1): a minute or two, once" && \
	{ $(VENV)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV); } && \
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(1) && \
	cp $(1) $(VENV)/$(1); }
endef

.PHONY: help
help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

.PHONY: install
install: ## set up the environment for fitting and serving
	$(call install,requirements.lock)

.PHONY: install-dev
install-dev: install
	$(call install,requirements-dev.lock)

.PHONY: fit
fit: install ## fit the gaussian, log it to MLflow and register it
	@python -m training.cli $(ARGS)
	mlflow run . --env-manager local $(ARGS)

.PHONY: serve
serve: install ## serve the registered functions on http://127.0.0.1:8000
	python -m serving $(subst -P ,--,$(ARGS))

.PHONY: ui
ui: install ## look at the runs in MLflow's UI
	python -m training.ui $(ARGS)

.PHONY: figures
figures: install-dev ## draw figures of all kinds, of small runs, into FOLDER (figures), to look at
	python -m tests.support.gallery $(FOLDER)

.PHONY: bench
bench: install ## measure the training beside its peers, and the whole command beside its imports
	$(call install,requirements-bench.lock)
	python -m tests.benchmarks.training
	python -m tests.benchmarks.command
	python -m tests.benchmarks.classifiers $(DATA)

.PHONY: bench-precision
bench-precision: install-dev ## measure the errors of f, f' and f'' beside other approximations, half an hour
	python -m tests.benchmarks.battery
	python -m tests.benchmarks.precision

.PHONY: bench-fields
bench-fields: install-dev ## measure fits of several variables beside radial basis functions
	python -m tests.benchmarks.fields

.PHONY: bench-classifiers
bench-classifiers: install-dev ## measure the networks of pictures beside scikit-learn, and what helps the cats; DATA=folder
	$(call install,requirements-bench.lock)
	python -m tests.benchmarks.picture_networks $(DATA) $(if $(WHOLE),--whole)
	python -m tests.benchmarks.remedies $(DATA)

.PHONY: bench-serving
bench-serving: install-dev ## measure the service beside a bare FastAPI route, MLflow's server and NumPy (needs wrk)
	OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.serving

.PHONY: bench-umbridge
bench-umbridge: install-dev ## measure functions of several variables beside an echo and UM-Bridge's server (needs wrk)
	OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.umbridge

.PHONY: soak
soak: install-dev ## everything at once for an hour, then an hour of nearly valid requests; MINUTES=5 for less
	OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.soak $(MINUTES)
	DERIVABLE_FUZZ_SECONDS=$$(($(MINUTES) * 60)) pytest -q tests/serving/test_fuzz.py

.PHONY: bench-report
bench-report: install-dev ## draw the study's report at full size, and write its answers into its page
	python -m tests.benchmarks.report

.PHONY: lint
lint: install-dev ## check format, style and types
	ruff format --check .
	ruff check .
	mypy

# Three processes on two cores: threads of the linear algebra would wait for each other ten times as long as they work.
test: export OPENBLAS_NUM_THREADS = 1
test: export OMP_NUM_THREADS = 1
# A hundred processes would else compile the sources at each start, where the environment says so.
test: export PYTHONDONTWRITEBYTECODE =
.PHONY: test
# Many tests wait for others' processes: three keep two cores at work.
test: lint ## all that CI runs: lint, then the tests, a file to a process
	pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder

.PHONY: format
format: install-dev ## format the code
	ruff format .
	ruff check --fix .

.PHONY: lock
lock: install-dev ## write the locks and conda.yaml from the pins in pyproject.toml, and MLproject from the parameters
	uv pip compile --quiet --python-version 3.11 --no-header --no-annotate pyproject.toml | sed 's/+cpu//' > requirements.lock
	uv pip compile --quiet --python-version 3.11 --no-header --no-annotate --constraint requirements.lock --extra dev --extra features --extra ray pyproject.toml | sed 's/+cpu//' > requirements-dev.lock
	uv pip compile --quiet --python-version 3.11 --no-header --no-annotate --constraint requirements.lock --extra bench pyproject.toml | sed 's/+cpu//' > requirements-bench.lock
	{ sed '/^ *- pip:/q' conda.yaml; sed 's/^/      - /' requirements.lock; } > conda.new && mv conda.new conda.yaml
	python -m training.cli.mlproject > MLproject.new && mv MLproject.new MLproject
