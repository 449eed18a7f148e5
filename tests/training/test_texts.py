"""Learning from texts: scores, texts written symbol by symbol, and what is shown of them."""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax

from playground.data.sets.addition import Addition
from playground.data.sets.character_model import CharacterModel
from playground.data.sets.sentiment import Sentiment
from playground.data.vocabulary import N_SPECIAL
from playground.declarations import with_value
from playground.errors import SpecError
from playground.models.losses import SequenceCrossEntropy
from playground.models.recurrent import RecurrentNetwork
from playground.storage.predictions import write_predictions
from playground.tasks import END, PADDING, START, Task
from playground.training import Experiment, Trainer, decoding, evaluation
from playground.training.decoding import continued, greedy
from playground.training.scores import is_higher_better, score_of
from playground.training.views import ConfusionView, TextView

TINY = RecurrentNetwork(embedding=4, units=6)


def adding(**settings: Any) -> Experiment:
    data = Addition(n_digits=1, **settings)
    return Experiment(data=data, model=TINY, loss=SequenceCrossEntropy())


def continuing(**settings: Any) -> Experiment:
    data = CharacterModel(length=8, n_characters=400, **settings)
    return Experiment(data=data, model=TINY, loss=SequenceCrossEntropy())


@dataclass
class Scripted:
    """Stands for programs of a model that says what a function of (inputs, targets) says."""

    says: Any
    n_inputs: int
    n_targets: int
    runs: int = 0
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def evaluation(self, n_samples: int) -> "Scripted":
        self.inputs["inputs"] = np.zeros((n_samples, self.n_inputs), np.intp)
        self.inputs["targets"] = np.zeros((n_samples, self.n_targets), np.intp)
        return self

    def run(self) -> None:
        self.runs += 1
        self.outputs["outputs"] = self.says(self.inputs["inputs"], self.inputs["targets"])


def echo(inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Say the source's symbols in turn, then the end; padding and start would be likelier."""
    n, n_positions = targets.shape
    logits = np.zeros((n, n_positions, 9))
    logits[..., [PADDING, START]] = 50.0
    for row, source in enumerate(inputs):
        text = [*source[source != PADDING], END]
        for position in range(n_positions):
            # Only where everything before was written does the model go on.
            before = targets[row, :position]
            goes_on = position < len(text) and (before == text[:position]).all()
            logits[row, position, text[position] if goes_on else 8] = 10.0
    return logits


def test_a_text_is_written_from_what_was_written_before() -> None:
    inputs = np.array([[3, 4, 5, 0], [6, 0, 0, 0], [5, 4, 3, 7]])
    programs = Scripted(echo, 4, 6)
    written = greedy(programs, inputs, 6)  # type: ignore[arg-type]
    np.testing.assert_array_equal(
        written, [[3, 4, 5, END, 0, 0], [6, END, 0, 0, 0, 0], [5, 4, 3, 7, END, 0]]
    )
    assert programs.runs <= 6


def test_symbols_that_do_not_wait_for_each_other_are_written_at_once() -> None:
    def copied(inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return np.eye(9)[np.where(inputs == PADDING, END, inputs)]

    programs = Scripted(copied, 5, 5)
    written = greedy(programs, np.array([[3, 4, 5, 6, 0], [7, 0, 0, 0, 0]]), 5)  # type: ignore[arg-type]
    np.testing.assert_array_equal(written, [[3, 4, 5, 6, END], [7, END, 0, 0, 0]])
    assert programs.runs == 2


def test_a_text_is_the_one_that_is_written_position_by_position() -> None:
    trainer = Trainer(with_value(adding(), "optimizer.learning_rate", 0.05))
    trainer.run(40)
    data = trainer.prepared.validation
    bound = trainer._machine.programs.evaluation(len(data))
    so_far = bound.inputs["targets"]
    bound.inputs["inputs"][...], so_far[...] = data.inputs, PADDING
    for position in range(so_far.shape[1]):
        bound.run()
        chosen = END + bound.outputs["outputs"][:, position, END:].argmax(axis=-1)
        has_ended = (so_far[:, :position] == END).any(axis=1)
        so_far[:, position] = np.where(has_ended, PADDING, chosen)
    expected = so_far.copy()
    np.testing.assert_array_equal(trainer.write("validation"), expected)


def test_texts_are_written_in_chunks_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = np.random.default_rng(0).integers(3, 8, (11, 4))
    whole = greedy(Scripted(echo, 4, 5), inputs, 5)  # type: ignore[arg-type]
    monkeypatch.setattr(decoding, "TEXTS_AT_ONCE", 4)
    np.testing.assert_array_equal(greedy(Scripted(echo, 4, 5), inputs, 5), whole)  # type: ignore[arg-type]
    np.testing.assert_array_equal(whole[:, :4], inputs)


def after_the_last(inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Say that 3 4 5 6 come in turn, and say it most loudly of padding."""
    logits = np.zeros((*inputs.shape, 7))
    logits[..., PADDING] = 99.0
    following = np.where(inputs == 6, 3, inputs + 1)
    np.put_along_axis(logits, following[..., None], 8.0, axis=-1)
    return logits


def test_what_follows_is_drawn_from_the_last_symbols_read() -> None:
    programs = Scripted(after_the_last, 5, 5)
    prompts = np.array([[3, 4], [6, 3]])
    texts = continued(programs, prompts, 9, 1e-3, np.random.default_rng(0))  # type: ignore[arg-type]
    assert texts.tolist() == [
        [3, 4, 5, 6, 3, 4, 5, 6, 3, 4, 5],
        [6, 3, 4, 5, 6, 3, 4, 5, 6, 3, 4],
    ]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_symbols_are_drawn_with_their_shares(temperature: float) -> None:
    logits = np.array([9.0, 9.0, 9.0, 1.0, 0.0, -1.0])
    programs = Scripted(lambda inputs, _: np.tile(logits, (*inputs.shape, 1)), 3, 3)
    rng = np.random.default_rng(1)
    drawn = continued(programs, np.full((40_000, 1), 3), 1, temperature, rng)[:, 1]  # type: ignore[arg-type]
    shares = np.exp(logits[N_SPECIAL:] / temperature)
    counts = np.bincount(drawn, minlength=6)
    assert not counts[:N_SPECIAL].any()
    np.testing.assert_allclose(counts[N_SPECIAL:] / 40_000, shares / shares.sum(), atol=0.01)


@pytest.mark.parametrize("experiment", [adding(), continuing()], ids=["sequence", "continuation"])
def test_a_loss_is_the_mean_over_all_symbols_of_a_part(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "TEXTS_AT_ONCE", 7)
    trainer = Trainer(experiment)
    trainer.run(5)
    for part in ("train", "validation"):
        outputs, targets = trainer.predict(part), trainer.prepared.part(part).targets
        surprise = -np.take_along_axis(log_softmax(outputs, -1), targets[..., None], -1)[..., 0]
        mean = surprise[targets != PADDING].mean()
        assert trainer.scores()[f"{part}_loss"] == pytest.approx(mean, rel=1e-5)


def test_exact_match_counts_texts_without_a_wrong_symbol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MOST_WRITTEN", 30)
    trainer = Trainer(with_value(adding(), "optimizer.learning_rate", 0.05))
    trainer.run(120)
    matches = (trainer.write("train") == trainer.prepared.train.targets).all(axis=1)
    assert 0.1 < matches[:30].mean() < 1
    assert trainer.scores()["train_accuracy"] == pytest.approx(matches[:30].mean())
    assert trainer.history.last("train_accuracy")[1] == pytest.approx(matches[:30].mean())


def test_texts_are_written_without_looking_at_the_true_ones() -> None:
    trainer = Trainer(with_value(adding(), "optimizer.learning_rate", 0.05))
    trainer.run(60)
    written, true = trainer.write("validation"), trainer.prepared.validation.targets.copy()
    trainer._parts["validation"].targets[...] = PADDING
    np.testing.assert_array_equal(trainer.write("validation"), written)
    # The most likely first symbol does not depend on any other.
    trainer._parts["validation"].targets[...] = true
    first = trainer.predict("validation")[:, 0, END:].argmax(-1) + END
    np.testing.assert_array_equal(written[:, 0], first)


def test_perplexity_is_the_exponential_of_the_loss_and_best_when_low() -> None:
    trainer = Trainer(continuing())
    trainer.run(10)
    history = trainer.history
    for part in ("train", "validation"):
        losses, perplexities = history[f"{part}_loss"], history[f"{part}_perplexity"]
        np.testing.assert_allclose(perplexities, np.exp(losses))
    best_loss, best = history.best("validation_loss"), history.best("validation_perplexity")
    assert best[0] == best_loss[0]
    assert "train_accuracy" not in history.columns


def test_each_task_has_a_score_of_which_one_end_is_the_best() -> None:
    ends = {task: is_higher_better(f"validation_{score_of(task).name}") for task in Task}
    assert [task for task, high in ends.items() if not high] == [Task.CONTINUATION]
    assert not is_higher_better("train_loss")
    assert not is_higher_better("batch_loss")


@pytest.mark.parametrize("experiment", [adding(), continuing()], ids=["sequence", "continuation"])
def test_a_run_is_repeated_and_resumed_bit_for_bit(experiment: Experiment) -> None:
    straight, watched = Trainer(experiment), Trainer(experiment)
    straight.run(23)
    watched.run(9)
    watched.snapshot(frozenset({"task", "activations"}))
    watched = Trainer.resume(watched.checkpoint())
    watched.run(14)
    np.testing.assert_array_equal(watched.theta, straight.theta)
    for column in set(straight.history.columns) - {"elapsed_s"}:
        np.testing.assert_array_equal(watched.history[column], straight.history[column])


def view(experiment: Experiment, steps: int = 20) -> tuple[Trainer, Any]:
    trainer = Trainer(experiment)
    trainer.run(steps)
    return trainer, trainer.snapshot(frozenset({"task"})).task


def test_sample_translations_are_those_of_the_validation_part() -> None:
    trainer, shown = view(with_value(adding(), "optimizer.learning_rate", 0.05), 150)
    assert isinstance(shown, TextView)
    assert shown.part == "validation"
    assert len(shown.rows) == len(trainer.prepared.validation) == 20
    for source, true, written in shown.rows:
        left, right = source.split("+")
        assert int(left) + int(right) == int(true)
        assert written.isdigit()
    right = [true == written for _, true, written in shown.rows]
    assert shown.exact_match == pytest.approx(np.mean(right))
    assert shown.perplexity == pytest.approx(np.exp(trainer.scores()["validation_loss"]))


def test_texts_are_continued_alike_at_the_same_step() -> None:
    trainer, shown = view(continuing())
    assert isinstance(shown, TextView)
    assert view(continuing())[1] == shown
    assert shown.exact_match is None
    table, rows = trainer.prepared.table, trainer.prepared.validation.rows[:3]
    windows = table.source_vocabulary.decode(table.inputs[rows])
    assert tuple(source + true for source, true, _ in shown.rows) == windows
    assert {len(written) for _, _, written in shown.rows} == {100}
    later = view(continuing(), 21)[1]
    assert [row[2] for row in later.rows] != [row[2] for row in shown.rows]


def test_texts_are_classified_like_anything_else() -> None:
    trainer, shown = view(Experiment(data=Sentiment(n_samples=50), model=TINY))
    assert isinstance(shown, ConfusionView)
    assert shown.counts.sum() == len(trainer.prepared.validation) == 10
    assert set(trainer.scores()) >= {"train_accuracy", "validation_accuracy"}


def test_predictions_are_written_as_texts(tmp_path: Path) -> None:
    trainer = Trainer(adding())
    trainer.run(3)
    write_predictions(tmp_path / "p.csv", trainer, "validation")
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    table = trainer.prepared.table
    assert list(lines[0]) == ["row", "source", "true", "predicted"]
    assert [int(line["row"]) - 1 for line in lines] == sorted(trainer.prepared.validation.rows)
    for line in lines:
        row = [int(line["row"]) - 1]
        assert (line["source"],) == table.source_vocabulary.decode(table.inputs[row])
        assert sum(map(int, line["source"].split("+"))) == int(line["true"])


def test_what_reads_numbers_refuses_texts_and_the_other_way_round() -> None:
    with pytest.raises(SpecError, match="mlp cannot learn this: it does not read text"):
        Trainer(Experiment(data=Addition(), loss=SequenceCrossEntropy()))
    with pytest.raises(SpecError, match="must be one of sequence_cross_entropy for text to text"):
        Trainer(Experiment(data=Addition(), model=TINY))
    with pytest.raises(SpecError, match="loss.kind: must be one of"):
        Trainer(Experiment(loss=SequenceCrossEntropy()))


def test_a_part_without_rows_has_no_scores() -> None:
    trainer = Trainer(with_value(adding(), "split.train", 100))
    assert set(trainer.scores()) == {"train_loss", "train_accuracy"}
    assert trainer.snapshot(frozenset({"task"})).task.part == "train"
