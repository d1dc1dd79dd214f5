"""The model card: what a model is for, what it learned from, how good it is beside a simple baseline."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.evaluate.panels import Score, Scores
from workbench.recipe import Recipe
from workbench.tasks.protocol import Task


@dataclass(frozen=True, slots=True)
class About:
    """What the card tells besides the recipe. ``rows`` counts the rows of train, validation and test; ``base`` and its
    licence name the pretrained model; ``features`` are columns read under their own names; ``scores`` and ``baseline``
    were measured on the same test rows."""

    name: str
    data: str
    data_sha256: str
    rows: Mapping[str, int]
    base: str
    base_licence: str
    scores: Scores
    baseline: Scores
    data_licence: str = ""
    base_attribution: str = ""
    features: tuple[str, ...] = ()


def card(task: Task, recipe: Recipe, about: About) -> str:
    """The card as Markdown. Whatever a user or a file named is written as plain text: no markup, no link, no image."""
    columns = dict(recipe.data.columns) if recipe.data else {}
    read = [columns[role.name] for role in task.roles if role.read and role.name in columns]
    inputs = ", ".join(map(_plain, (*read, *about.features)))
    labels = ", ".join(_plain(label) for label in about.scores.per_class)
    given = "folder-of-images" if any(role.kind == "image" for role in task.roles) else "rows.csv"
    parts = [
        f"# {_plain(about.name)}",
        f"{task.title}: reads {inputs or 'a row'} and {_answers(task, labels)}.",
        "## How good it is",
        f"Measured on {about.scores.rows} test rows that training never saw, beside a simple baseline on the same rows."
        " The range is a 95 % interval.",
        _table(task, about),
        *([_classes(task, about.scores)] if about.scores.per_class else []),
        "## What it learned from",
        f"- Data: {_plain(about.data)} (SHA-256 of the table `{about.data_sha256}`)\n"
        f"- Rows: {', '.join(f'{count} {part}' for part, count in about.rows.items())}\n"
        f"- Licence of the data: {_plain(about.data_licence) or 'not known to the workbench; ask its owner'}\n"
        f"- Pretrained model: {_plain(about.base)}{_by(about.base_attribution)}\n"
        f"- Licence of the pretrained model: {_plain(about.base_licence)}",
        "## Intended use",
        f"Rows like those it learned from, in the same language and from the same source. {_limits(task)} Check it on"
        " your own rows before a decision about people depends on it.",
        "## How to use it",
        f"```\npip install -r requirements.txt\npython predict.py {given} --out predictions.csv\n```\n"
        "Raw rows go in: the preparation of the training data (`preparation.py`) is part of the model.",
        "## How it was made",
        "With the AI Workbench. `recipe.yaml` repeats it: `python -m workbench run recipe.yaml`.",
    ]
    return "\n\n".join(parts) + "\n"


def _answers(task: Task, labels: str) -> str:
    """What comes out, as the end of a sentence."""
    match _target(task):
        case "number":
            return "answers with a number"
        case "answer":
            return "answers with a piece of a text, or with nothing where it has learned that there may be no answer"
        case "tags":
            return f"marks pieces of it as {labels or 'what labels.json lists'}"
        case "":
            return "answers with how far its copy is off, and how many of a hundred usual images are closer to theirs"
        case _:
            return f"answers with one of: {labels}" if labels else "answers with what labels.json lists"


def _target(task: Task) -> str:
    """The kind of the answers; empty when the model is not taught any."""
    return next((role.kind for role in task.roles if role.target and not role.optional), "")


def _limits(task: Task) -> str:
    if _target(task) == "":
        return "Unusual is what was rare in the images that it learned from: it does not know what is broken or wrong."
    if _target(task) == "tags":
        return "It knows only the types above; it misses some pieces and marks others that are none."
    if _target(task) == "answer":
        return "It copies answers out of the text that it is given, and may copy a wrong one that sounds right."
    if _target(task) == "number":
        return "It always answers, also for a row unlike any that it has seen, and then the number means little."
    return (
        "It knows only the labels above and always picks one, also for a row that fits none; a low confidence is a "
        "reason to ask a person."
    )


def _table(task: Task, about: About) -> str:
    rows = ["| metric | this model | baseline |", "|---|---|---|"]
    for metric in task.metrics:
        if metric.name in about.scores.values:
            model, simple = about.scores.values[metric.name], about.baseline.values.get(metric.name)
            rows.append(f"| {metric.title} | {_score(model)} | {_score(simple)} |")
    return "\n".join(rows)


def _classes(task: Task, scores: Scores) -> str:
    counted = "true pieces" if _target(task) == "tags" else "test rows"
    rows = [f"| label | precision | recall | F1 | {counted} |", "|---|---|---|---|---|"]
    for label, values in scores.per_class.items():
        numbers = " | ".join(f"{values.get(key, 0.0):.3f}" for key in ("precision", "recall", "f1"))
        rows.append(f"| {_plain(label)} | {numbers} | {values.get('support', 0):.0f} |")
    return "\n".join(rows)


def _score(score: Score | None) -> str:
    if score is None:
        return "–"
    interval = f" ({_digits(score.low)} to {_digits(score.high)})" if None not in (score.low, score.high) else ""
    return f"{_digits(score.value)}{interval}"


def _digits(value: float | None) -> str:
    """Three places below 1, four significant digits above."""
    return "–" if value is None else f"{value:.3f}" if abs(value) <= 1 else f"{value:.4g}"


def _by(attribution: str) -> str:
    return f", {_plain(attribution)}" if attribution else ""


def _plain(text: str) -> str:
    """``text`` as Markdown that shows exactly these characters, on one line (case 76)."""
    line = " ".join(text.split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("://", ":&#47;/")
    return re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", line)
