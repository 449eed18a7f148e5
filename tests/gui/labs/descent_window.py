"""What the tests of the descent workspace ask of it."""

import numpy as np

from playground.descent.run import RaceRun


def settle(qtbot, workspace):
    session = workspace.session
    qtbot.waitUntil(lambda: session.is_whole and session.shown == session.race)


def known(race):
    run = RaceRun(race)
    run.finish()
    return run.tracks


def drawn_paths(workspace):
    return [np.stack(c.getData(), axis=1) for c in workspace.map.curves if len(c.getData()[0])]
