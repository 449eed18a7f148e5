"""What a closed section says of itself."""

from __future__ import annotations

from playground.declarations import settings_of, switched_on
from playground.gui.widgets.stops import number_text
from playground.training.experiment import Experiment


def summaries(experiment: Experiment) -> dict[str, str]:
    """Return a word or two for each section of the side panel, by its title."""
    features = experiment.features
    used = [s.label for s in settings_of(features) if getattr(features, s.name)]
    rate = getattr(experiment.optimizer, "learning_rate", None)
    units = [str(layer.units) for layer in getattr(experiment.model, "hidden", ())]
    around = (experiment.wrappers, experiment.constraints)
    return {
        "Data": experiment.data.label(),
        "Features": " ".join(used[:3]) + (" …" if len(used) > 3 else ""),
        "Model": "-".join(units if len(units) <= 5 else [*units[:2], "…", units[-1]]),
        "Loss and penalties": experiment.loss.label(),
        "Optimizer": f"{experiment.optimizer.label()} {number_text(rate)}".strip(),
        "Schedule": experiment.schedule.label(),
        "Around the update": ", ".join(
            label.split()[0] for group in around for label in switched_on(group)
        ),
        "Training": f"batch {experiment.training.batch_size}",
    }
