"""Small tables for findings, and what is found in them."""

import random

import pandas as pd

from workbench.data.profiles.profile import profile_table
from workbench.findings import catalogue
from workbench.findings.evidence import Evidence, Question

WORDS = (
    *("river", "stone", "lamp", "winter", "paper", "glass", "orange", "music", "window", "garden", "silver"),
    *("mountain", "coffee", "letter", "bridge", "yellow", "candle", "harbour", "meadow", "thunder", "pencil"),
    *("violin", "basket", "copper", "feather", "island", "jacket", "kettle", "ladder", "mirror", "needle", "ocean"),
)


def texts(count, seed=0, length=12):
    """Texts of random words, no two alike."""
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=length)) for _ in range(count)]


def evidence(columns, folder=None, rows=None, **question):
    table = pd.DataFrame(columns, dtype="str")
    if rows is not None:
        table.index = pd.Index(rows)
    question = {key: tuple(value) if isinstance(value, list) else value for key, value in question.items()}
    return Evidence(table, profile_table(table), Question(**question), folder)


def of_texts(written, labels=None, **more):
    """Evidence of a column "text", and a column "label" where labels are given."""
    columns = {"text": written} if labels is None else {"text": written, "label": labels}
    return evidence(columns, texts=["text"], target=None if labels is None else "label", **more)


def of_table(target="answer", measured=False, **columns):
    """Evidence of features, and of an answer where there is a column of that name."""
    known = target if target in columns else None
    features = [name for name in columns if name != target]
    return evidence(columns, features=features, target=known, measured=measured)


def found(evidence, kind):
    """The findings of one kind."""
    return [finding for finding in catalogue.report(evidence, lambda share: None).findings if finding.kind == kind]


def kinds(evidence):
    return {finding.kind for finding in catalogue.report(evidence, lambda share: None).findings}
