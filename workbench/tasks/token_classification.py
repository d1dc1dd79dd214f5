"""Token classification: a pretrained encoder learns to mark names, dates and other entities in texts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from workbench.data.formats import tag_rules
from workbench.data.profiles.profile import ColumnProfile, TableProfile
from workbench.evaluate.panels import Scores
from workbench.recipe import Training
from workbench.tasks import encoder_files, tag_findings, tagged_words, word_pieces
from workbench.tasks.protocol import (
    Fact,
    Finding,
    Fitted,
    LearnerContext,
    Metric,
    Predictions,
    Predicts,
    Role,
    Span,
    Split,
    Suggestion,
    as_spans,
)
from workbench.tasks.tagged_words import TAGS, TOKENS
from workbench.tasks.text_findings import estimated_tokens
from workbench.training import rules
from workbench.training.machine import Machine
from workbench.training.problem import Problem

FILES = {
    "predict.py": "token_classification_predict.py",
    "word_model.py": "token_predict_encoder.py",
    "word_pieces.py": "word_pieces.py",
}


@dataclass(frozen=True, slots=True)
class TokenClassification:
    """Stateless, as every task. Torch and transformers are imported by what trains, predicts or loads."""

    name: str = "token-classification"
    title: str = "Token classification"
    summary: str = (
        "Mark pieces of texts: names of people and places, dates, products, or whatever your words are tagged as."
    )
    icon: str = ":material/format_ink_highlighter:"
    default_model: str | None = "starter/minilm-l6"
    roles: tuple[Role, ...] = (
        Role(TOKENS, "Words", "The column with the words of each text, as a list.", "tokens"),
        Role(TAGS, "Tags", "The column with a tag for each word (O, B-…, I-…), as a list.", "tags", target=True),
    )
    metrics: tuple[Metric, ...] = (
        Metric(
            "f1",
            "Entity F1",
            "The harmonic mean of precision and recall of entities. An entity is right when its type, its beginning "
            "and its end are right (as seqeval counts).",
        ),
        Metric("precision", "Precision", "Of the entities that the model marked, the share that is right."),
        Metric("recall", "Recall", "Of the entities that are there, the share that the model marked rightly."),
        Metric(
            "macro_f1", "Macro F1", "The mean of the types' F1, so that a rare type counts as much as a frequent one."
        ),
    )

    @property
    def headline(self) -> Metric:
        return self.metrics[0]

    def suits(self, profile: TableProfile) -> Suggestion:
        tags = next((column for column in profile.columns if _holds_tags(column)), None)
        others = [column for column in profile.columns if column is not tags and _holds_words(column)]
        tokens = min(others, key=lambda column: column.name != TOKENS, default=None)
        if tags is None or tokens is None:
            why = "It needs a column with lists of words and one with their tags (O, B-…, I-…): import a CoNLL file."
            return Suggestion(0.0, why, {})
        reason = f"'{tokens.name}' holds lists of words, and '{tags.name}' holds a tag for each word."
        return Suggestion(0.95, reason, {TOKENS: tokens.name, TAGS: tags.name})

    def check(self, split: Split) -> list[Finding]:
        return tag_findings.find(split)

    def plan(
        self,
        training: Training,
        split: Split,
        device: str,
        machine: Machine | None = None,
        model: str | None = None,  # noqa: ARG002  (all learn alike)
    ) -> Mapping[str, Fact]:
        words = [word_pieces.words_of(cell) or [] for cell in split.train[TOKENS]]
        lengths = [estimated_tokens(" ".join(sentence)) for sentence in words]
        facts = rules.choose(training, lengths=lengths, device=device, machine=machine)
        if training.max_length == "auto" and max(lengths, default=0) > facts["max_length"].value:
            longer = sum(length > facts["max_length"].value for length in lengths)
            why = f"{longer:,} longer {'text is' if longer == 1 else 'texts are'} read in pieces that overlap."
            facts["max_length"] = replace(facts["max_length"], reason=why)
        if training.method == "head":
            facts |= _many_words(training, sum(map(len, words)))
        return facts

    def baseline(self, split: Split) -> Predicts:
        from workbench.tasks import phrase_baseline

        return phrase_baseline.fit(split.train)

    def learner(self, split: Split, context: LearnerContext) -> Problem:
        from workbench.tasks import token_learner

        plan, types = context.plan, tagged_words.types(split.train)
        network, tokenizer, most = encoder_files.begin(context, types, token_learner.classifier(context.seed))
        way = word_pieces.way_of([words for _, words, _ in tagged_words.sentences(split.train)])
        reader = token_learner.TokenReader(network, tokenizer, types, way, most, plan.device)
        problem: Problem = token_learner.problem(reader, split, context)
        return problem

    def score(self, truth: pd.DataFrame, predicted: Predictions, baseline: Predictions | None = None) -> Scores:
        from workbench.evaluate import entities

        found = as_spans(predicted)
        true = tagged_words.entities(truth, found.texts)
        rows = [int(row) for row in truth.index]
        simple = None if baseline is None else _plain(as_spans(baseline).spans)
        return entities.score(true, _plain(found.spans), found.texts, rows, simple)

    def load(self, folder: Path, device: str = "cpu") -> Fitted:
        from workbench.tasks import token_fitted

        return token_fitted.load(folder, device)

    def export_files(self, folder: Path) -> Mapping[str, str]:  # noqa: ARG002  (the same for every model)
        here = Path(__file__).parent
        return {name: (here / source).read_text(encoding="utf-8") for name, source in FILES.items()}


TASK = TokenClassification()


def _plain(spans: tuple[tuple[Span, ...], ...]) -> list[list[tuple[int, int, str]]]:
    return [[(span.start, span.end, span.label) for span in row] for row in spans]


def _holds_words(column: ColumnProfile) -> bool:
    """Are all examples lists of texts? A long example may be shown shortened, and then begins like one."""
    return bool(column.examples) and all(
        word_pieces.words_of(example) is not None or example.startswith('["') for example in column.examples
    )


def _holds_tags(column: ColumnProfile) -> bool:
    found = [word_pieces.words_of(example) for example in column.examples]
    tags = [tag for words in found for tag in words or ()]
    return bool(tags) and _holds_words(column) and all(tag_rules.TAG.fullmatch(tag) for tag in tags)


def _many_words(training: Training, words: int) -> dict[str, Fact]:
    """A head learns from words, not from texts: of these there are many more."""
    facts = {}
    if training.epochs == "auto":
        epochs = min(20, max(3, -(-200_000 // max(words, 1))))
        facts["epochs"] = Fact(
            epochs, f"The small layer learns in seconds, so it may see your {words:,} words {epochs} times."
        )
    if training.batch_size == "auto":
        facts["batch_size"] = Fact(256, "The small layer is cheap and learns from words, so many are taken at once.")
    return facts
