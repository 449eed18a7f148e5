import numpy as np
import pytest

from playground.declarations import with_value
from playground.errors import SpecError
from playground.gui.session import Session
from playground.gui.worker import Ask
from playground.training.experiment import Experiment
from playground.training.snapshots import Outcome
from playground.training.trainer import Trainer


@pytest.fixture
def session(qtbot):
    session = Session(Experiment())
    qtbot.waitUntil(lambda: session.state == "ready")
    yield session
    session.close()


def is_at_rest(session):
    return lambda: session.state in ("paused", "ended")


def train(qtbot, session, rows=50):
    session.play()
    qtbot.waitUntil(lambda: len(session.run.history) > rows)
    session.pause()
    qtbot.waitUntil(is_at_rest(session))


def test_a_run_is_what_the_trainer_does_without_a_window(qtbot, session):
    train(qtbot, session)
    steps = session.snapshot.step
    alone = Trainer(session.run.experiment)
    alone.run(steps)
    for name in ("batch_loss", "train_loss", "validation_loss"):
        np.testing.assert_array_equal(session.run.history[name], alone.history[name])


def test_a_step_is_one_update_and_an_epoch_one_pass(qtbot, session):
    session.step_once()
    qtbot.waitUntil(is_at_rest(session))
    assert session.snapshot.step == 1
    session.step_epoch()
    qtbot.waitUntil(is_at_rest(session))
    assert session.snapshot.epoch == 1.0


def test_the_last_frame_shows_the_last_step(qtbot, session):
    shown = []
    session.frame.connect(lambda snapshot: shown.append(snapshot.step))
    train(qtbot, session)
    assert shown[-1] == len(session.run.history) - 1
    assert shown == sorted(shown)


def test_a_live_edit_acts_at_the_next_step_and_keeps_the_run(qtbot, session):
    edits = []
    session.edited.connect(edits.append)
    run = session.run
    session.play()
    qtbot.waitUntil(lambda: len(session.run.history) > 10)
    session.set("optimizer.learning_rate", 0.002)
    qtbot.waitUntil(lambda: bool(edits))
    session.pause()
    qtbot.waitUntil(is_at_rest(session))
    assert session.run is run
    assert [(e.path, e.new) for e in run.edits] == [("optimizer.learning_rate", 0.002)]
    assert edits == list(run.edits)


def test_a_live_edit_while_paused_is_recorded_at_once(qtbot, session):
    with qtbot.waitSignal(session.edited) as caught:
        session.set("optimizer.learning_rate", 0.5)
    assert caught.args[0].step == 0
    assert session.experiment.optimizer.learning_rate == 0.5


def test_another_optimizer_keeps_the_weights(qtbot, session):
    train(qtbot, session)
    run, rows = session.run, len(session.run.history)
    before = session.ask(lambda trainer: trainer.theta).result()
    session.set("optimizer.kind", "rmsprop")
    after = session.ask(lambda trainer: trainer.theta).result()
    np.testing.assert_array_equal(before, after)
    assert session.run is run
    assert len(run.history) == rows


def test_another_model_restarts_with_the_same_seeds(qtbot, session):
    train(qtbot, session)
    old = session.run
    with qtbot.waitSignal(session.run_started):
        session.set("model.hidden.0.units", 5)
    assert session.run is not old
    assert session.runs == [old]
    assert session.run.experiment.seeds == old.experiment.seeds
    assert session.run.layout.segments[0].shape == (2, 5)


def test_a_restart_while_running_goes_on_running(qtbot, session):
    session.play()
    qtbot.waitUntil(lambda: session.state == "running")
    with qtbot.waitSignal(session.run_started):
        session.set("data.noise", 10.0)
    qtbot.waitUntil(lambda: len(session.run.history) > 10)
    assert session.state == "running"


def test_many_changes_in_quick_succession_restart_once(qtbot, session):
    started = []
    session.run_started.connect(started.append)
    for noise in (1.0, 2.0, 3.0, 4.0):
        session.set("data.noise", noise)
    qtbot.waitUntil(lambda: bool(started))
    assert [run.experiment.data.noise for run in started] == [4.0]


def test_runs_that_never_trained_are_not_kept(qtbot, session):
    for noise in (1.0, 2.0):
        with qtbot.waitSignal(session.run_started):
            session.set("data.noise", noise)
    assert session.runs == []


def test_reset_repeats_the_run_from_the_identical_weights(qtbot, session):
    first = session.ask(lambda trainer: trainer.theta).result()
    train(qtbot, session)
    with qtbot.waitSignal(session.run_started):
        session.reset()
    np.testing.assert_array_equal(session.ask(lambda t: t.theta).result(), first)
    with qtbot.waitSignal(session.run_started):
        session.new_seed()
    assert not np.array_equal(session.ask(lambda t: t.theta).result(), first)


def test_a_refused_value_changes_nothing(session):
    before = session.experiment
    with pytest.raises(SpecError, match="learning_rate"):
        session.set("optimizer.learning_rate", -1)
    with pytest.raises(SpecError, match="did you mean"):
        session.set("optimizer.learning_rat", 1)
    assert session.experiment is before


def test_data_that_cannot_be_loaded_leaves_the_last_good_state(qtbot, session, tmp_path):
    train(qtbot, session)
    before, run = session.experiment, session.run
    with qtbot.waitSignal(session.failed) as caught:
        session.set("data", {"kind": "file", "path": str(tmp_path / "missing.csv")})
    assert "missing.csv" in caught.args[0]
    assert session.experiment == before
    assert session.run is run
    session.step_once()
    qtbot.waitUntil(is_at_rest(session))


def test_a_loss_that_no_longer_fits_is_replaced_with_a_notice(qtbot, session):
    with (
        qtbot.waitSignal(session.noticed),
        qtbot.waitSignal(session.run_started),
    ):
        session.set("data.kind", "regression_plane")
    assert session.experiment.loss.name() == "mean_squared_error"


def test_divergence_is_an_ending_with_a_layer_and_a_reset_mends_it(qtbot, session):
    diverging = with_value(Experiment(), "data.kind", "regression_plane")
    diverging = with_value(diverging, "loss.kind", "mean_squared_error")
    diverging = with_value(diverging, "optimizer.kind", "sgd")
    for index in (0, 1):
        diverging = with_value(diverging, f"model.hidden.{index}.activation", "linear")
    with qtbot.waitSignal(session.run_started):
        session.load(with_value(diverging, "optimizer.learning_rate", 10.0))
    with qtbot.waitSignal(session.diverged) as caught:
        session.play()
    ending = caught.args[0]
    assert ending.outcome is Outcome.DIVERGED
    assert ending.layer in session.run.layout.layers
    assert session.state == "ended"
    with qtbot.waitSignal(session.diverged):
        session.play()
    with qtbot.waitSignal(session.run_started):
        session.reset()
    assert session.state == "ready"


def test_a_stop_rule_ends_the_run_and_play_says_so(qtbot, session):
    session.set("stop.steps", 25)
    session.play()
    qtbot.waitUntil(lambda: session.state == "ended")
    assert session.snapshot.step == 25
    with qtbot.waitSignal(session.noticed):
        session.play()
    session.set("stop.steps", 30)
    session.play()
    qtbot.waitUntil(lambda: session.snapshot.step == 30)


def test_diagnostics_are_made_only_while_somebody_wants_them(qtbot, session):
    assert session.snapshot.task is None
    owner = object()
    with qtbot.waitSignal(session.frame):
        session.subscribe(owner, frozenset({"task", "weights"}))
    assert session.snapshot.task is not None
    assert set(session.snapshot.histograms) == {"weights"}
    session.subscribe(owner, frozenset())
    session.step_once()
    qtbot.waitUntil(is_at_rest(session))
    assert session.snapshot.task is None


def rested_unseen(session):
    """Do a step, and return when the thread rests but the session cannot know it yet."""
    session.step_once()
    session._worker.post(question := Ask(lambda trainer: trainer.step))
    assert question.future.result() == 1
    assert session.state == "running"


def test_a_view_that_comes_up_just_as_a_run_comes_to_rest_gets_its_picture(qtbot, session):
    rested_unseen(session)
    session.subscribe(object(), frozenset({"task"}))
    qtbot.waitUntil(lambda: session.snapshot.task is not None)
    assert session.state == "paused"


def test_a_weight_that_is_changed_just_as_a_run_comes_to_rest_is_changed_at_once(qtbot, session):
    rested_unseen(session)
    with qtbot.waitSignal(session.edited) as caught:
        session.set("parameters.hidden1.weight.0.0", 2.5)
    assert (caught.args[0].step, caught.args[0].new) == (1, 2.5)
    assert session.state == "paused"


def test_a_view_that_comes_up_while_data_cannot_be_loaded_gets_its_picture(
    qtbot, session, tmp_path
):
    missing = {"kind": "file", "path": str(tmp_path / "missing.csv")}
    with qtbot.waitSignal(session.failed):
        session.load(with_value(session.experiment, "data", missing))
        session.subscribe(object(), frozenset({"task"}))
    qtbot.waitUntil(lambda: session.snapshot.task is not None)


def test_a_slow_run_can_be_stopped_at_once(qtbot, session):
    session.set_speed(1e-3)
    session.play()
    session.pause()
    qtbot.waitUntil(is_at_rest(session))


def test_asking_does_not_end_a_run(qtbot, session):
    session.play()
    qtbot.waitUntil(lambda: len(session.run.history) > 10)
    step = session.ask(lambda trainer: trainer.step).result()
    qtbot.waitUntil(lambda: len(session.run.history) > step + 50)


def test_asking_just_as_a_step_is_done_does_no_other(qtbot, session):
    rested_unseen(session)
    assert session.ask(lambda trainer: trainer.step).result() == 1
    qtbot.waitUntil(is_at_rest(session))
    assert session._errand.after is None
    assert session.snapshot.step == 1


def test_asking_leaves_a_run_as_long_as_it_was_to_be(qtbot, session):
    def ask_early(begin, *arguments):
        session.set_speed(1e-3)  # so that it still waits for its first or second step
        begin(*arguments)
        session.ask(lambda trainer: trainer.step).result()
        session.set_speed(None)
        qtbot.waitUntil(lambda: session.state == "paused" and session._errand.after is None)
        return session.snapshot

    assert ask_early(session.step_epoch).epoch == 1.0
    before = session.snapshot.step
    assert ask_early(session.train, 40).step == before + 40


def test_one_step_is_not_gone_on_with_after_a_restart(qtbot, session):
    session.set_speed(1e-3)
    session.train(2)
    with qtbot.waitSignal(session.run_started):
        session.set("data.noise", 10.0)
    assert session.state == "ready"


@pytest.mark.parametrize("moment", ["loading", "running", "asking"])
def test_closing_at_any_moment_ends_the_thread(qtbot, moment):
    session = Session(Experiment())
    if moment != "loading":
        qtbot.waitUntil(lambda: session.state == "ready")
        session.play()
        qtbot.waitUntil(lambda: len(session.run.history) > 1)
    future = session.ask(lambda trainer: trainer.step) if moment == "asking" else None
    session.close()
    assert session._worker.isFinished()
    assert future is None or future.done()
