from typing import Any

import numpy as np
import pytest

from playground import presets
from playground.declarations import with_value
from playground.descent.run import RaceRun
from playground.descent.track import Ending
from playground.errors import SpecError
from playground.optimizers import OPTIMIZERS
from playground.optimizers.clipping import Clipping
from playground.optimizers.constraints import Constraints
from playground.optimizers.wrappers import Wrappers
from playground.training.trainer import Trainer


def test_the_promised_ones_exist() -> None:
    assert presets.names()[0] == "default"
    assert {
        "digits-cnn",
        *("default", "digits", "linear-regression", "tf-playground", "vanishing-gradients"),
        *("exploding-gradients", "iris", "wine", "breast-cancer", "diabetes", "sine", "xor"),
        *("levenberg-marquardt", "lbfgs"),
        *("dates", "sentiment", "addition", "character-model"),
    } <= set(presets.names())


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_learns_and_says_what_to_look_at(name: str) -> None:
    experiment = presets.load(name)
    assert experiment.title
    assert presets.path(name).read_text(encoding="utf-8").startswith("# ")
    steps = 300
    if experiment.data.kind in ("dates", "addition"):  # A step and an evaluation take long.
        experiment, steps = with_value(experiment, "data.n_samples", 300), 20
    trainer = Trainer(experiment)
    before = trainer.scores()["train_loss"]
    trainer.run(steps)
    after = trainer.scores()["train_loss"]
    # That a deep sigmoid network learns nothing is the point of that preset.
    assert after < before or name == "vanishing-gradients"


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(SpecError, match="unknown preset 'digit'; did you mean 'digits'"):
        presets.load("digit")


def gradient_norms(name: str) -> list[float]:
    """Median norm of each layer's gradient over 500 steps, from the input on."""
    trainer = Trainer(presets.load(name))
    trainer.run(500)
    columns = [c for c in trainer.history.columns if c.startswith("gradient_norm/")]
    return [float(np.median(trainer.history.sparse(column)[1])) for column in columns]


def test_gradients_vanish_and_explode_towards_the_input() -> None:
    vanishing, exploding = (
        gradient_norms("vanishing-gradients"),
        gradient_norms("exploding-gradients"),
    )
    assert vanishing[0] < 1e-4 * vanishing[-1]
    assert exploding[0] > 20 * exploding[-1]


def test_the_default_is_a_spiral_that_is_learned() -> None:
    experiment = presets.load("default")
    assert experiment.data.kind == "spiral"
    assert [layer.units for layer in experiment.model.hidden] == [8, 8]
    trainer = Trainer(experiment)
    trainer.run(8000)
    assert trainer.history.best("validation_accuracy")[1] > 0.9


def test_digits_are_read_rightly() -> None:
    trainer = Trainer(presets.load("digits"))
    assert trainer.run() is not None
    assert trainer.scores()["validation_accuracy"] >= 0.97


def test_digits_are_read_better_by_convolutions() -> None:
    trainer = Trainer(presets.load("digits-cnn"))
    assert trainer.run() is not None
    assert trainer.scores()["validation_accuracy"] >= 0.985


def test_curvature_is_worth_its_price() -> None:
    """The presets of second-order methods against Adam on the same experiment."""
    trainer = Trainer(presets.load("levenberg-marquardt"))
    trainer.run(25)
    adam = with_value(trainer.experiment, "optimizer", {"kind": "adam", "learning_rate": 0.01})
    slow = Trainer(adam)
    slow.run(250)
    assert trainer.scores()["train_loss"] < 0.01 < slow.scores()["train_loss"]
    spiral = Trainer(presets.load("lbfgs"))
    assert spiral.run().step == 500
    assert spiral.scores()["validation_accuracy"] >= 0.97
    assert spiral.history["batch_loss"][499] < 0.02


def test_sentiment_is_understood() -> None:
    trainer = Trainer(presets.load("sentiment"))
    assert trainer.run() is not None
    assert trainer.scores()["validation_accuracy"] >= 0.95


def test_a_text_is_learned_by_heart() -> None:
    trainer = Trainer(presets.load("character-model"))
    trainer.run(400)
    history = trainer.history
    assert history["train_perplexity"][0] > 30
    step, best = history.best("validation_perplexity")
    assert 50 <= step <= 300
    assert best < 7
    scores = trainer.scores()
    assert scores["train_perplexity"] < 2
    assert scores["validation_perplexity"] > 1.3 * best


def test_linear_regression_is_the_textbooks() -> None:
    x, y = np.arange(1.0, 6.0), np.array([2.0, 3.0, 5.0, 7.0, 9.0])
    trainer = Trainer(presets.load("linear-regression"))
    assert trainer.run().step == 1000
    slope = offset = 0.0
    losses = []
    for _ in range(1001):
        error = slope * x + offset - y
        losses.append(np.mean(error**2))
        slope, offset = slope - 0.02 * np.mean(error * x), offset - 0.02 * np.mean(error)
    np.testing.assert_allclose(trainer.history["train_loss"], losses, rtol=1e-9)
    np.testing.assert_allclose(trainer.history["batch_loss"][:-1], losses[:-1], rtol=1e-9)


def test_tensorflow_playground_has_its_defaults() -> None:
    experiment = presets.load("tf-playground")
    expected: dict[str, Any] = {
        "data": {"kind": "circle", "n_samples": 500, "noise": 0},
        "loss": {"kind": "half_mean_squared_error"},
        "optimizer": OPTIMIZERS["sgd"](learning_rate=0.03).model_dump(),
        "penalties": {"l1": 0, "l2": 0},
        "clipping": Clipping().model_dump(),
        "wrappers": Wrappers().model_dump(),
        "constraints": Constraints().model_dump(),
    }
    values = experiment.model_dump(mode="json")
    assert {name: values[name] for name in expected} == expected
    assert [(h.units, h.activation) for h in experiment.model.hidden] == [(4, "tanh"), (2, "tanh")]
    trainer = Trainer(experiment)
    weights = trainer.parameters()
    assert {name: array.shape for name, array in weights.items()} == {
        "hidden1.weight": (2, 4),
        "hidden1.bias": (4,),
        "hidden2.weight": (4, 2),
        "hidden2.bias": (2,),
        "output.weight": (2, 1),
        "output.bias": (1,),
    }
    for name, array in weights.items():
        if name.endswith("bias"):
            np.testing.assert_array_equal(array, 0.1)
        else:
            assert (np.abs(array) <= 0.5).all()
    assert len(trainer.prepared.train) == len(trainer.prepared.validation) == 250
    trainer.run(epochs=3)
    steps, _ = trainer.history.sparse("validation_loss")
    assert trainer.step == 75
    np.testing.assert_array_equal(steps, [0, 25, 50, 75])


def run_race(name: str) -> RaceRun:
    run = RaceRun(presets.load_race(name))
    run.finish()
    return run


@pytest.mark.parametrize("name", presets.race_names())
def test_every_ready_race_is_run_to_its_end_by_all(name: str) -> None:
    run = run_race(name)
    assert run.race.title
    assert len(run.race.racers) >= 3
    assert len({racer.color for racer in run.race.racers}) == len(run.race.racers)
    for track in run.tracks:
        assert track.ending is Ending.FINISHED, track.reason


def test_the_races_show_what_their_titles_promise() -> None:
    assert len(presets.race_names()) >= 6
    sgd, momentum, *_ = run_race("ravine-momentum").tracks
    assert momentum.loss[150] < 1e-2 * sgd.loss[150]
    ends = [track.theta[track.length - 1] for track in run_race("himmelblau-basins").tracks]
    assert len({tuple(np.round(end, 0)) for end in ends}) >= 2
    sgd, *_, newton = run_race("saddle-escape").tracks
    assert sgd.loss[100] > -0.1 > sgd.loss[200]
    assert newton.loss[30] < -0.1
    sgd, *_ = run_race("noisy-bowl").tracks
    assert sgd.loss[300:500].std() > 0
    sgd, adam, lbfgs, newton = run_race("rosenbrock-orders").tracks
    assert max(t.loss[t.length - 1] for t in (lbfgs, newton)) < 1e-12
    assert min(t.loss[t.length - 1] for t in (sgd, adam)) > 1e-6
    adam, *populations = run_race("rastrigin-populations").tracks
    assert min(t.loss[t.length - 1] for t in populations) < 1e-3 < adam.loss[adam.length - 1]


def test_an_unknown_race_names_the_nearest() -> None:
    with pytest.raises(SpecError, match="did you mean .noisy-bowl."):
        presets.load_race("noisy-bowls")
