"""Where every start leads: coloured by the minimum that a racer reaches, or by its steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Signal, Slot

from playground.descent.basin import DIVERGED, NOWHERE, OUTSIDE, BasinMap, basins
from playground.gui.labs.background import Improver, ShouldStop
from playground.gui.labs.descent.racer_card import series_color
from playground.gui.labs.descent.session import DescentSession
from playground.gui.plots.canvas import Plot
from playground.gui.plots.canvas_dock import CanvasDock
from playground.gui.plots.formats import number, percent
from playground.gui.plots.key import Key
from playground.gui.plots.overlay import Row
from playground.gui.plots.picture import SmoothImage
from playground.gui.plots.regions import rgb
from playground.gui.theme import Theme, current_theme, scaled
from playground.storage.races import names

DELAY_MS = 60
STEPS = 200

Colors = Literal["which", "steps"]


class BasinDock(CanvasDock):
    """The basin map of one racer, finer and finer while it is computed."""

    crashed = Signal(object)

    def __init__(self, session: DescentSession) -> None:
        super().__init__("descent_basins", "Basins")
        self.session = session
        self.plot = self.canvas.add_plot(Plot("start x", "start y", has_grid=False), 0)
        self.image = self.plot.add(SmoothImage())
        self.start = self.plot.add(pg.ScatterPlotItem(pxMode=True, symbol="o"))
        self.minima = self.plot.add(pg.ScatterPlotItem(pxMode=True, symbol="x"))
        self.key = Key()
        self.canvas.ci.addItem(self.key, 0, 1)
        self.map: BasinMap | None = None
        self.racer = 0
        self.steps = STEPS
        self.is_stopped = False
        self._colors: Colors = "which"
        self._of: object = None
        self._asked: object = None
        self._why = ""
        self._ticket = -1
        self._worker = Improver("basins")
        self._worker.improved.connect(self._on_improved)
        self._worker.crashed.connect(self.crashed)
        self._soon = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._soon.timeout.connect(self._ask)
        self._add_controls()
        session.race_changed.connect(self._on_race)
        self.plot.cursor_moved.connect(self._show_readout)
        self.restyle(current_theme())

    def _add_controls(self) -> None:
        add = self.header
        self.racer_choice = add.add_choice("Whose starts they are", {"0": "Racer"}, self._on_racer)
        self.steps_choice = add.add_choice(
            "How far each start is followed",
            {str(n): f"{n} steps" for n in (50, 100, STEPS, 500, 1000, 2000)},
            self._on_steps,
        )
        self.steps_choice.choose(str(STEPS))
        self.choice = add.add_choice(
            "What the colours say",
            {"which": "Minimum reached", "steps": "Steps needed"},
            self._on_colors,
        )
        self.stop = add.add_button(
            "Stop", "Stop computing finer maps", self._on_stop, icon="stop-circle"
        )

    # --- asking --------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Draw what is known, and find out what is not."""
        if self.is_shown:
            self._on_race()
            self._draw()

    @Slot()
    def _on_race(self) -> None:
        if self.is_shown:
            self._show_racers()
        if self.is_shown and self._wish() != self._asked and not self._soon.isActive():
            self._soon.start()
        if self.is_shown:
            self._show_start()

    def _wish(self) -> object:
        race = self.session.race
        self.racer = min(self.racer, max(len(race.racers) - 1, 0))
        racers = race.racers[self.racer : self.racer + 1]
        return race.surface, race.seed, racers, self.steps

    @Slot()
    def _ask(self) -> None:
        race, index, steps = self.session.race, self.racer, self.steps
        self._asked = self._wish()
        self._why = "" if race.racers else "There is no racer."
        if race.racers and (refusal := race.refusal(race.racers[index])):
            self._why = f"{race.racers[index].name} cannot run here: {refusal}"
        if self._why:
            self.map = None
            self._draw()
            return

        def job(should_stop: ShouldStop) -> Iterator[BasinMap]:
            return basins(race, index, steps=steps, should_stop=should_stop)

        self.is_stopped = False
        self._ticket = self._worker.ask(job)

    @Slot(int, object)
    def _on_improved(self, ticket: int, found: BasinMap) -> None:
        if ticket == self._ticket:
            self.map, self._of = found, self._asked
            self._draw()

    # --- drawing -------------------------------------------------------------------------------

    def _draw(self) -> None:
        found = self.map
        if not self.is_shown:
            return
        self.plot.show_message("" if found else self._why or "The first starts are on their way.")
        self.key.setVisible(found is not None)
        if found is None:
            return
        theme = current_theme()
        colors = (
            _by_steps(found, theme)
            if self._colors == "steps"
            else _by_minimum(found, theme, self.steps)
        )
        self.image.setImage(colors, levels=(0, 255), autoLevels=False)
        x0, x1, y0, y1 = self.session.race.surface.domain
        self.image.set_extent((x0, x1, y0, y1))
        self.plot.show_range(x=(x0, x1), y=(y0, y1))
        self.minima.setData([m.x for m in found.minima], [m.y for m in found.minima])
        self._show_start()
        self._show_key(found, theme)
        self._show_readout()

    def _show_start(self) -> None:
        x, y = self.session.race.start
        self.start.setData([x], [y])

    def _show_key(self, found: BasinMap, theme: Theme) -> None:
        racers = self.session.race.racers
        rows = []
        if self.racer < len(racers):
            racer = racers[self.racer]
            rows.append(Row(series_color(racer.color), racer.name, swatch="dot"))
        if found.progress < 1:
            text = f"{percent(found.progress)} computed" + (", stopped" * self.is_stopped)
            rows.append(Row(theme.muted, text, swatch="none"))
        ramp: list[str] = []
        labels: list[str] = []
        if self._colors == "steps":
            known = found.steps[np.isfinite(found.steps)]
            most = float(known.max()) if known.size else float(self.steps)
            ramp, labels = [*_ramp(theme)][::-1], [f"{most:.0f} steps", "0"]
        else:
            present = set(np.unique(found.which).tolist())
            for i, minimum in enumerate(found.minima):
                if i in present:
                    name = f"({number(minimum.x, 2)}, {number(minimum.y, 2)})"
                    rows.append(Row(_class_color(i, theme), name, swatch="dot"))
        rows.append(Row(theme.border, "no minimum yet", swatch="dot"))
        rows.append(Row(theme.muted, "left the domain", swatch="dot"))
        rows.append(Row(theme.danger, "diverges", swatch="dot"))
        self.key.show_key(rows, ramp, labels)

    @Slot()
    def _show_readout(self) -> None:
        overlay, cursor, found = self.plot.overlay, self.plot.cursor, self.map
        overlay.cursor = None
        overlay.heading = ""
        if cursor is not None and found is not None:
            column = int(np.argmin(np.abs(found.x - cursor.x())))
            row = int(np.argmin(np.abs(found.y - cursor.y())))
            which, steps = int(found.which[row, column]), found.steps[row, column]
            if which >= 0:
                there = found.minima[which]
                place = f"({number(there.x, 3)}, {number(there.y, 3)})"
                overlay.heading = f"reaches {place} in {steps:.0f} steps"
            else:
                overlay.heading = {
                    DIVERGED: "diverges",
                    NOWHERE: f"no minimum in {self.steps} steps",
                    OUTSIDE: f"beyond the domain after {self.steps} steps",
                }.get(which, "not computed yet")
        overlay.update()

    def restyle(self, theme: Theme) -> None:
        """Give marks and key a theme's look."""
        self.key.restyle(self.canvas.plot_font())
        self.start.setSize(scaled(11))
        self.start.setPen(pg.mkPen(theme.text, width=2))
        self.start.setBrush(pg.mkBrush(theme.surface))
        self.minima.setSize(scaled(11))
        self.minima.setPen(pg.mkPen(theme.plot_background, width=1))
        self.minima.setBrush(pg.mkBrush(theme.text))

    # --- controls ------------------------------------------------------------------------------

    def _show_racers(self) -> None:
        self.racer = min(self.racer, max(len(self.session.race.racers) - 1, 0))
        named = {str(i): name for i, name in enumerate(names(self.session.race))}
        self.racer_choice.offer(named or {"0": "No racer"}, str(self.racer))

    def _on_racer(self, index: str) -> None:
        self.racer = int(index)
        self.refresh()

    def _on_steps(self, steps: str) -> None:
        self.steps = int(steps)
        self.refresh()

    def _on_colors(self, colors: Colors) -> None:
        self._colors = colors
        self._draw()

    def _on_stop(self) -> None:
        self._worker.cancel()
        self.is_stopped = True
        self._draw()

    def rest(self) -> None:
        """Stop computing while nobody looks."""
        self._soon.stop()
        if self.map is None or self.map.progress < 1:
            self._asked = None
            self._worker.cancel()

    def shut_down(self) -> None:
        """End the thread."""
        self._soon.stop()
        self._worker.close()


def _class_color(index: int, theme: Theme) -> str:
    return theme.classes[index % len(theme.classes)]


def _by_minimum(found: BasinMap, theme: Theme, steps: int) -> NDArray[np.uint8]:
    """Return a colour for each start, shape (n, n, 3): paler where more steps are needed."""
    back = rgb(theme.plot_background)
    picture = np.empty((*found.which.shape, 3))
    picture[...] = rgb(theme.border)
    _paint_failures(picture, found, theme, back)
    share = np.clip(np.nan_to_num(found.steps, nan=steps) / steps, 0.0, 1.0)
    strength = (0.85 - 0.5 * np.sqrt(share))[..., None]
    for i in range(len(found.minima)):
        inside = found.which == i
        color = strength * rgb(_class_color(i, theme)) + (1 - strength) * back
        picture[inside] = color[inside]
    return picture.astype(np.uint8)


def _paint_failures(
    picture: NDArray[np.float64], found: BasinMap, theme: Theme, back: NDArray[np.float64]
) -> None:
    """Tint the starts that diverge, and those that end beyond the domain."""
    for which, color in ((DIVERGED, theme.danger), (OUTSIDE, theme.muted)):
        picture[found.which == which] = 0.5 * rgb(color) + 0.5 * back


def _ramp(theme: Theme) -> tuple[str, str]:
    return theme.plot_background, theme.train


def _by_steps(found: BasinMap, theme: Theme) -> NDArray[np.uint8]:
    """Return a colour for each start by how many steps it needs, shape (n, n, 3)."""
    known = np.isfinite(found.steps)
    most = float(found.steps[known].max()) if known.any() else 1.0
    low, high = (rgb(color) for color in _ramp(theme))
    share = np.nan_to_num(found.steps / max(most, 1.0))[..., None]
    picture = low + share * (high - low)
    picture[~known] = rgb(theme.border)
    _paint_failures(picture, found, theme, low)
    return picture.astype(np.uint8)
