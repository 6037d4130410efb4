# Every target does all of its own set-up on a Debian machine that has only Python, git and make.
PYTHON ?= python3
PORT ?= 8000

.PHONY: demo test fuzz lint setup test-setup lock bench travel truth picture clean

demo: setup
	.venv/bin/vigia demo --port $(PORT)

# Long modules come first (tests/conftest.py). Commands are started hundreds of times: they keep what is compiled.
test: test-setup
	.venv/bin/coverage erase
	PYTHONDONTWRITEBYTECODE= .venv/bin/pytest -n auto --dist loadscope --no-loadscope-reorder --cov --cov-report=
	.venv/bin/coverage report --fail-under=90

# 20,000 requests of the API document by each role on each store; hours, finds nothing if all is well.
fuzz: test-setup
	.venv/bin/python -m tests.api.fuzzing

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/deptry .

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml scripts/setup-venv
	PYTHON=$(PYTHON) scripts/setup-venv

# A real PostGIS, a real browser, a real proxy: the tests use what users use.
test-setup: setup
	scripts/debian-packages postgresql postgresql-postgis chromium fonts-liberation curl python3-qgis \
		nginx-light openssl systemd libpangoft2-1.0-0

# After a change of dependencies in pyproject.toml.
lock: setup
	.venv/bin/uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-header --upgrade --quiet pyproject.toml --output-file requirements.lock
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet \
		--constraint requirements.lock benchmarks/peers/requirements.in \
		--output-file benchmarks/peers/requirements.lock
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet \
		benchmarks/peers/serving.in --output-file benchmarks/peers/serving.lock

bench: test-setup
	.venv/bin/python -m benchmarks.steps
	.venv/bin/python -m benchmarks.features --size medium
	.venv/bin/python -m benchmarks.scale
	.venv/bin/python -m benchmarks.areal_scale
	.venv/bin/python -m benchmarks.maps
	scripts/debian-packages wrk
	.venv/bin/python -m benchmarks.serving

# Hours to the border on the real rivers and roads of Peru, for docs/travel.md.
travel: setup
	.venv/bin/python -m benchmarks.peru_travel

# What docs/model.md says, held to simulated regions whose truth is known; a quarter of an hour, resumes.
truth: test-setup
	.venv/bin/python -m benchmarks.truth
	.venv/bin/python -m benchmarks.serving.trouble

# The pictures in the READMEs, in the planner's guide and beside Folium's, taken by tests of the map.
picture: test-setup
	VIGIA_PICTURE=docs/map.png .venv/bin/pytest -q tests/browser/test_projects.py -k example
	VIGIA_GUIDE=var/guide VIGIA_BESIDE=docs .venv/bin/pytest -q tests/browser/test_planner.py \
		tests/browser/test_beside_folium.py -k "compares and served or beside_folium"
	cp var/guide/served-1280/[1-5]-*.png docs/guia/

clean:
	rm -rf .venv var dist .coverage .coverage.*
