# Two commands: `make run` and `make test`. Both set up what is missing, once.
INSTALLED := .venv/.installed
PYTHON := .venv/bin/python
NO_QT := -p tests.no_qt -p no:pytest-qt

.PHONY: run test bench format lint types pictures clean

run: $(INSTALLED)
	@if [ "$$(uname -s)" = Darwin ] || [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	  exec .venv/bin/playground; \
	else \
	  echo "No display: running the default experiment in an off-screen window instead."; \
	  QT_QPA_PLATFORM=offscreen exec .venv/bin/playground snapshot default --steps 500 \
	    --out demo/window.png --curves demo; \
	fi

# The numeric tests run with Qt made unimportable: they must pass without it.
test: lint types
	$(PYTHON) -m pytest $(NO_QT) --ignore=tests/gui
	$(PYTHON) -m pytest tests/gui

bench: .venv/.bench
	$(PYTHON) -m tests.benchmarks

format: $(INSTALLED)
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lint: $(INSTALLED)
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports

types: $(INSTALLED)
	.venv/bin/mypy

# The README's pictures, made by the program itself.
pictures: $(INSTALLED)
	QT_QPA_PLATFORM=offscreen .venv/bin/playground snapshot default --steps 4000 \
	  --size 1440x900 --out resources/pictures/spiral.png
	QT_QPA_PLATFORM=offscreen .venv/bin/playground snapshot digits --steps 700 \
	  --size 1440x900 --theme dark --out resources/pictures/digits.png
	QT_QPA_PLATFORM=offscreen .venv/bin/playground snapshot exploding-gradients --steps 600 \
	  --size 1440x900 --out resources/pictures/exploding-gradients.png
	QT_QPA_PLATFORM=offscreen .venv/bin/playground snapshot dates --steps 1500 \
	  --size 1440x900 --out resources/pictures/dates.png
	QT_QPA_PLATFORM=offscreen .venv/bin/playground snapshot himmelblau --workspace descent \
	  --steps 150 --size 1440x900 --theme dark --out resources/pictures/descent.png
	QT_QPA_PLATFORM=offscreen .venv/bin/playground snapshot 'sin(2x) + x^2/4' \
	  --workspace derivative --size 1440x900 --out resources/pictures/derivative.png

clean:
	rm -rf .venv build demo dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find playground tests -name __pycache__ -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml constraints.txt
	tools/set-up .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

.venv/.bench: $(INSTALLED)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@touch $@
