"""From a keystroke in the formula box to painted views, on every page of the workspace."""

import os
import statistics
from time import perf_counter

WANTED_MS = 50.0
ROUNDS = 12

LINE = "+".join(f"sin({k}x)*exp(-x^2/{k})/(1+x^{k})" for k in range(2, 7))
SURFACE = "+".join(f"sin({k}x)*cos({k}y)*exp(-x^2/{k})" for k in range(2, 7))
PAGES = ("limit", "rules", "ways", "plane")


def measure(qt, workspace, page: str) -> tuple[list[float], list[float]]:
    """Return the times until the views are painted, and until all that follows is there."""
    from PySide6.QtTest import QTest

    workspace.show_view(page)
    settle(qt, workspace)
    header = workspace.header
    field, text = (header.plane, SURFACE) if page == "plane" else (header.line, LINE)
    field.box.setText(text)
    field.box.setFocus()
    painted_ms, whole_ms = [], []
    for i in range(ROUNDS):
        field.box.end(False)
        begun = perf_counter()
        # Each is another formula, so that nothing is remembered.
        QTest.keyClicks(field.box, "+" if i == 0 else "1")
        for dock in workspace.page.area.docks:
            dock.repaint()
            dock.widget().repaint()
        painted_ms.append(1e3 * (perf_counter() - begun))
        settle(qt, workspace)
        whole_ms.append(1e3 * (perf_counter() - begun))
    return painted_ms[1:], whole_ms[1:]


def settle(qt, workspace) -> None:
    while True:
        qt.processEvents()
        if workspace.is_settled():
            return


def main() -> None:
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from playground.calculus.formula import parse
    from playground.gui.app import make_application, responsive
    from playground.gui.main_window import MainWindow

    qt = make_application("light")
    counts = parse(LINE).n_operations, parse(SURFACE, ("x", "y")).n_operations
    print(f"a keystroke in formulas of {counts[0]} and {counts[1]} operations, median ms")
    print(
        f"{'page':10}{'views painted':>16}{'all that follows':>18}   (wanted: {WANTED_MS:.0f} ms)"
    )
    missed = []
    with responsive():
        window = MainWindow(workspace="derivative", remembers=False)
        window.resize(1280, 800)
        window.show()
        for page in PAGES:
            painted, whole = measure(qt, window.current, page)
            typical = statistics.median(painted)
            print(f"{page:10}{typical:16.1f}{statistics.median(whole):18.1f}", flush=True)
            if typical > WANTED_MS:
                missed.append(page)
        window.close()
    if missed:
        raise AssertionError(f"a keystroke takes too long on: {', '.join(missed)}")


if __name__ == "__main__":
    main()
