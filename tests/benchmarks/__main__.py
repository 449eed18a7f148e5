"""Run every ``bench_*.py`` beside this file: ``python -m tests.benchmarks``."""

import importlib
import sys
import traceback
from pathlib import Path


def main() -> int:
    """Run them in name order; 1 if any failed."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    if not names:
        sys.exit("No bench_*.py beside tests/benchmarks/__main__.py")
    failed = [name for name in names if not _passes(name)]
    if failed:
        print(f"\nFailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _passes(name: str) -> bool:
    print(f"\n== {name.removeprefix('bench_')}", flush=True)
    try:
        importlib.import_module(f"tests.benchmarks.{name}").main()
    except Exception:
        # The others still say what they measured; the exit code reports this one.
        traceback.print_exc()
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
