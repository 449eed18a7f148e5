import pytest

from playground import presets
from playground.declarations import with_value
from playground.training import evaluation
from playground.training.problem import pose
from playground.training.programs import Programs
from playground.training.trainer import Trainer


def sizes_evaluated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sizes: list[int] = []
    program = Programs.evaluation

    def noted(self: Programs, n_samples: int) -> object:
        sizes.append(n_samples)
        return program(self, n_samples)

    monkeypatch.setattr(Programs, "evaluation", noted)
    return sizes


@pytest.mark.parametrize("name", ["digits-cnn", "default"])
def test_large_rows_are_evaluated_a_few_at_a_time(name: str, monkeypatch) -> None:
    experiment = presets.load(name)
    whole = Trainer(experiment)
    signature, itemsize = pose(experiment).signature, whole.theta.itemsize
    none, some = (experiment.model.peak_bytes(signature, n, itemsize) for n in (0, 100))
    monkeypatch.setattr(evaluation, "CHUNK_BYTES", some - none)
    sizes = sizes_evaluated(monkeypatch)
    trainer = Trainer(experiment)
    assert max(sizes) == 100
    for column in ("train_loss", "validation_loss", "train_accuracy"):
        assert trainer.history[column][0] == pytest.approx(whole.history[column][0], rel=1e-5)


def test_one_row_at_least_is_evaluated(monkeypatch) -> None:
    monkeypatch.setattr(evaluation, "CHUNK_BYTES", 1)
    sizes = sizes_evaluated(monkeypatch)
    Trainer(with_value(presets.load("default"), "data.n_samples", 20))
    assert set(sizes) == {1}


def test_the_presets_rows_are_small(monkeypatch) -> None:
    sizes = sizes_evaluated(monkeypatch)
    trainer = Trainer(presets.load("digits-cnn"))
    assert max(sizes) == len(trainer.prepared.train)
