"""What every "auto" becomes for a model of tables, and why: networks learn by steps, quick models all at once."""

import json
from collections.abc import Mapping

from workbench.models import scratch
from workbench.recipe import Training
from workbench.tasks import quick_fitted
from workbench.training import rules, table_rules
from workbench.training.machine import Machine
from workbench.training.rules import Fact

MANY_ROWS = 20_000


def choose(
    training: Training, rows: int, device: str, machine: Machine | None = None, model: str | None = None
) -> Mapping[str, Fact]:
    """For so many training rows, and the model with this id: quick models have no epochs, batches and rates."""
    if not is_quick(model):
        return table_rules.choose(training, rows, device, machine)
    found = rules.common(training, device, machine)
    facts = {"device": found["device"], "threads": found["threads"]}
    facts["precision"] = Fact("fp32", "Quick models always compute exactly.")
    if rows < MANY_ROWS:
        facts["threads"] = Fact(1, "With so few rows, one core is done sooner than several that wait for each other.")
    return facts


def is_quick(model: str | None) -> bool:
    """Whether the model with this id is fitted at once."""
    known = scratch.by_id(model) if model else None
    if known is None:
        return False
    config = json.loads((known.folder / "config.json").read_text(encoding="utf-8"))
    return bool(config["model_type"] == quick_fitted.KIND)
