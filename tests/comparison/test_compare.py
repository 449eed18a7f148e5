"""Optimizers side by side: fair, whole, and none the worse for another's error."""

import csv
import dataclasses
import errno
import multiprocessing
import re
import signal
import threading
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from playground import presets
from playground.comparison import (
    Comparison,
    Curves,
    Results,
    Sweep,
    check,
    compare,
    parse_sweep,
    run_job,
)
from playground.comparison.bands import band
from playground.errors import SpecError, StorageError
from playground.optimizers import OPTIMIZERS
from playground.optimizers.notation import parse_optimizers
from playground.storage import comparisons
from playground.storage.comparisons import read_comparison, save_comparison, write_settings
from playground.training import Trainer


def plan(optimizers="sgd, adam(learning_rate=0.02)", **changes):
    settings = {"steps": 40, "seeds": 1, "sweep": None} | changes
    return Comparison(presets.load("default"), parse_optimizers(optimizers), **settings)


def test_all_start_from_the_same_weights_on_the_same_batches():
    jobs = plan(seeds=2).jobs
    assert [(job.optimizer, job.seed) for job in jobs] == [
        *(("sgd", 0), ("adam(learning_rate=0.02)", 0)),
        *(("sgd", 1), ("adam(learning_rate=0.02)", 1)),
    ]
    first, second, other = (Trainer(jobs[i].experiment) for i in (0, 1, 2))
    np.testing.assert_array_equal(first.theta, second.theta)
    assert not np.array_equal(first.theta, other.theta)
    for trainer in (first, second, other):
        trainer.run(1)
    assert first.history["batch_loss"][0] == second.history["batch_loss"][0]
    np.testing.assert_array_equal(first.prepared.train.inputs, other.prepared.train.inputs)


def test_processes_give_the_numbers_of_a_trainer():
    comparison = plan(seeds=2)
    news = []
    results = compare(comparison, n_workers=2, watch=lambda now: news.append(now.share))
    assert set(results.curves) == {0, 1, 2, 3}
    for job in comparison.jobs:
        trainer = Trainer(job.experiment)
        trainer.run(40)
        columns = results.curves[job.number].columns
        np.testing.assert_array_equal(columns["step"], np.arange(41))
        for name in ("batch_loss", "validation_loss", "evaluations"):
            np.testing.assert_array_equal(columns[name], trainer.history[name])
    assert news == sorted(news)
    assert news[-1] == 1.0


def test_an_error_of_one_run_leaves_the_others():
    comparison = plan("sgd, nelder_mead, sgd(learning_rate=10)", steps=400)
    curves = [run_job(job) for job in comparison.jobs]
    assert [c.outcome for c in curves][:2] == ["finished", "failed"]
    assert "the same loss at every step" in curves[1].reason
    results = Results(comparison)
    results.curves = dict(enumerate(curves))
    rows = {row.optimizer: row for row in results.rows()}
    assert rows["nelder_mead"].n_failed == 1
    assert np.isnan(rows["nelder_mead"].final_mean)
    assert rows["sgd"].is_best


def test_a_run_that_diverges_says_where():
    sgd = OPTIMIZERS["sgd"](learning_rate=1e6)
    [job] = Comparison(presets.load("linear-regression"), (sgd,), 200).jobs
    curves = run_job(job)
    assert curves.outcome == "diverged"
    assert curves.final == np.inf


def test_cancelling_keeps_what_is_done():
    comparison = plan("sgd", steps=10**9)
    stop = threading.Event()

    def stop_once_it_runs(now):
        if now.steps:
            stop.set()

    results = compare(comparison, n_workers=1, watch=stop_once_it_runs, stop=stop)
    assert results.curves[0].outcome == "stopped"
    assert len(results.curves[0].columns["step"]) > 1


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows")
def test_processes_start_deaf_to_an_interruption(monkeypatch):
    masks = []
    submit = ProcessPoolExecutor.submit

    def noted(self, *arguments):
        masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        return submit(self, *arguments)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", noted)
    compare(plan("sgd", steps=3), n_workers=1)
    assert masks == [{signal.SIGINT}]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


def test_a_process_that_is_killed_takes_no_other_run_with_it():
    endless, short = plan("sgd", steps=10**9).jobs[0], plan("adam", steps=30).jobs[0]
    comparison = plan("sgd, adam")
    # As computed jobs: one that never ends by itself, and one that is soon done.
    comparison.__dict__["jobs"] = (endless, dataclasses.replace(short, number=1))

    def kill_what_does_not_end(now):
        if 0 in now.steps:
            now.steps.clear()
            for process in multiprocessing.active_children():
                process.kill()

    results = compare(comparison, n_workers=1, watch=kill_what_does_not_end)
    assert results.curves[0].outcome == "failed"
    assert "ended from outside" in results.curves[0].reason
    assert results.curves[1].outcome == "finished"


def test_a_sweep_uses_the_settings_own_scale():
    adam, swarm = OPTIMIZERS["adam"](), OPTIMIZERS["particle_swarm"]()
    rates = Sweep("learning_rate", 1e-4, 1.0, 9)
    np.testing.assert_allclose(rates.values(adam), np.geomspace(1e-4, 1, 9), rtol=1e-5)
    assert rates.values(swarm) == []
    assert Sweep("population_size", 2, 5, 7).values(swarm) == [2, 3, 4, 5]
    assert Sweep("inertia", 0.1, 0.9, 3).values(swarm) == [0.1, 0.5, 0.9]
    assert parse_sweep(" learning_rate = 1e-4..1:9 ") == rates
    assert parse_sweep(str(rates)) == rates


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rate", "must be SETTING=LOW..HIGH:COUNT"),
        ("learning_rate=1..x:3", "must be SETTING=LOW..HIGH:COUNT"),
        ("learning_rate=1..0.1:3", "from a lower to a higher"),
        ("learning_rate=0.1..1:1", "2 … 1000 values, got 1"),
    ],
)
def test_sweeps_that_mean_nothing(text, message):
    with pytest.raises(SpecError, match=message):
        parse_sweep(text)


def test_refusals_before_anything_starts():
    with pytest.raises(SpecError, match="nelder_mead cannot train this"):
        check(plan("sgd, nelder_mead"))
    with pytest.raises(SpecError, match="must differ, got sgd twice"):
        check(plan("sgd, sgd"))
    with pytest.raises(SpecError, match="no optimizer here has a setting 'beta3'"):
        check(plan(sweep=Sweep("beta3", 0.1, 0.9, 3)))
    with pytest.raises(SpecError, match=r"adam.beta1: must be < 1, got 1.5|beta1: must be < 1"):
        check(plan("adam", sweep=Sweep("beta1", 0.5, 1.5, 3)))
    with pytest.raises(SpecError, match="above 0"):
        check(plan(sweep=Sweep("learning_rate", 0.0, 1.0, 3)))
    check(plan(sweep=Sweep("beta1", 0.5, 0.9, 3)))


def made_up():
    """A sweep of two rates and two seeds: final losses 4 and 6, then 1 and a divergence."""
    comparison = plan("adam", seeds=2, sweep=Sweep("learning_rate", 0.01, 1.0, 2))
    results = Results(comparison)
    for job in comparison.jobs:
        final = {0.01: 4.0 + 2 * job.seed, 1.0: 1.0}[job.value]
        losses = np.array([8.0, final / 2, final])
        columns = {"step": np.arange(3.0), "evaluations": np.arange(3.0), "elapsed_s": np.ones(3)}
        columns |= {"train_loss": losses, "validation_loss": losses}
        columns |= {"train_accuracy": 1 / losses, "validation_accuracy": 1 / losses}
        is_bad = job.value == 1.0 and job.seed == 1
        results.curves[job.number] = Curves(columns, "diverged" if is_bad else "finished")
    return results


def test_the_summary_is_mean_and_deviation_over_seeds():
    low, high = made_up().rows()
    assert (low.n_runs, low.n_diverged, low.final_mean, low.best_mean) == (2, 0, 5.0, 2.5)
    np.testing.assert_allclose(low.final_std, np.sqrt(2))
    np.testing.assert_allclose(low.score_mean, (1 / 4 + 1 / 6) / 2)
    # Lower, but not with every seed.
    assert (high.n_runs, high.n_diverged, high.final_mean) == (2, 1, 1.0)
    # One run says nothing about how far others would be from it.
    assert np.isnan(high.final_std)
    assert (low.is_best, high.is_best) == (True, False)
    assert made_up().best()["adam"].value == 0.01


def test_tables_are_tidy(tmp_path):
    results = made_up()
    save_comparison(results, tmp_path)
    with (tmp_path / "curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 * 3
    assert {(r["optimizer"], r["setting"], r["value"], r["seed"]) for r in rows} == {
        ("adam", "learning_rate", value, seed) for value in ("0.01", "1.0") for seed in "01"
    }
    assert [r["validation_loss"] for r in rows[:3]] == ["8.0", "2.0", "4.0"]
    with (tmp_path / "summary.csv").open() as file:
        summary = list(csv.DictReader(file))
    assert [r["is_best"] for r in summary] == ["1", "0"]
    assert float(summary[0]["final_loss_mean"]) == 5.0
    settings = (tmp_path / "compare.toml").read_text()
    assert 'sweep = "learning_rate=0.01..1.0:2"' in settings
    assert 'optimizers = ["adam"]' in settings


def test_a_full_disk_leaves_no_half_comparison(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(comparisons, "to_toml", full)
    with pytest.raises(StorageError, match=r"cannot be written: the disk is full"):
        save_comparison(made_up(), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sweep", [None, Sweep("learning_rate", 1e-7 / 3, 0.1, 3)])
def test_its_settings_are_read_again(tmp_path, sweep):
    saved = plan("momentum(learning_rate=0.3, momentum=0.5), adam", seeds=2, sweep=sweep)
    write_settings(tmp_path / "compare.toml", saved)
    again = read_comparison(tmp_path / "compare.toml")
    assert again.jobs == saved.jobs
    write_settings(tmp_path / "again.toml", again)
    assert (tmp_path / "again.toml").read_bytes() == (tmp_path / "compare.toml").read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("format = 1", "format = 2"), "format: must be 1, got 2"),
        (
            ('"sgd"', '"sgdd"'),
            "optimizers.0, column 1: unknown optimizer 'sgdd'; did you mean 'sgd'",
        ),
        (('["sgd", "adam(learning_rate=0.02)"]', "[]"), "optimizers: needs at least 1 entries"),
        (("steps = 40", "steps = 0"), "steps: must be ≥ 1, got 0"),
        (("seeds = 1", "seeds = 1\nsweep = 'x'"), "sweep: must be SETTING=LOW..HIGH:COUNT"),
        (('kind = "spiral"', 'kind = "spirale"'), "experiment.data: unknown dataset 'spirale'"),
    ],
)
def test_mistakes_in_a_file_name_it(tmp_path, change, message):
    path = tmp_path / "compare.toml"
    write_settings(path, plan())
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(SpecError, match=re.escape(f"{path}: {message}")):
        read_comparison(path)


def test_what_was_cancelled_says_so():
    results = made_up()
    whole = results.curves[0]
    results.curves[0] = Curves(whole.columns, "stopped", "cancelled at step 2")
    results.curves[2] = Curves(outcome="stopped", reason="cancelled")  # before it began
    low, _ = results.rows()
    assert (low.n_runs, low.n_stopped, low.final_mean) == (1, 1, 4.0)
    assert low.notes == ["1 cancelled", "best"]


def test_bands_are_read_at_common_places():
    def run(x, y):
        names = ("step", "evaluations", "elapsed_s")
        return Curves({**dict.fromkeys(names, np.array(x)), "train_loss": np.array(y)})

    # One reaches further than the other, and they are measured at different steps.
    made = band(
        [run([0.0, 2.0, 4.0], [4.0, 2.0, 0.0]), run([0.0, 1.0, 3.0], [2.0, 2.0, 8.0])], "step"
    )
    np.testing.assert_allclose(made.x, [0, 1, 2, 3])
    np.testing.assert_allclose(made.mean, [3, 2.5, 3.5, 4.5])
    np.testing.assert_allclose(made.low, [2, 2, 2, 1])
    np.testing.assert_allclose(made.high, [4, 3, 5, 8])
    assert band([Curves(outcome="failed")], "step") is None
