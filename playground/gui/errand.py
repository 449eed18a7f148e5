"""What a run was told to do, and what it does after that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.gui.worker import Advance

if TYPE_CHECKING:
    from playground.training.trainer import Trainer


class Errand:
    """Remembers a command through whatever comes in between: a load, a question, a restart.

    Attributes
    ----------
    after
        What is done as soon as the run rests; None where it then stays at rest.
    """

    def __init__(self) -> None:
        self.after: Advance | None = None
        self._now = Advance()
        self._began_at = (0, 0)

    def begin(self, command: Advance, trainer: Trainer) -> None:
        """Note what the run does from here on."""
        self._now = command
        self._began_at = (trainer.step, int(trainer.epoch))

    def go_on_after_question(self) -> None:
        """Do what is left of the present command once a question is answered."""
        self.after = self._now

    def go_on_after_restart(self) -> None:
        """Let the next run play on; some steps of this one are no wish for steps of the next."""
        self.after = self._now if self._now == Advance() else None

    def rest(self, trainer: Trainer) -> None:
        """Count what has been done of a command that is to go on: maybe all of it."""
        if self.after is self._now:
            step, epoch = self._began_at
            self.after = self._now.after(trainer.step - step, int(trainer.epoch) - epoch)

    def take(self) -> Advance | None:
        """Return what is done now that the run rests, which is then no longer to be done."""
        command, self.after = self.after, None
        return command
