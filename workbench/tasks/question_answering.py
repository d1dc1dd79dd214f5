"""Question answering: a pretrained encoder learns to find the answer to a question in a text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.data.profiles.profile import ColumnProfile, TableProfile
from workbench.errors import TrainingError
from workbench.evaluate.panels import Scores
from workbench.recipe import Training
from workbench.tasks import answer_findings, answer_pieces
from workbench.tasks.answered_rows import ANSWER, ANSWERS, CONTEXT, QUESTION, START, asked
from workbench.tasks.protocol import (
    Fact,
    Finding,
    Fitted,
    LearnerContext,
    Metric,
    Predictions,
    Predicts,
    Role,
    Split,
    Suggestion,
    as_answers,
)
from workbench.tasks.text_findings import estimated_tokens
from workbench.training import rules
from workbench.training.machine import Machine
from workbench.training.problem import Problem

if TYPE_CHECKING:
    from workbench.evaluate.answers import Given

FILES = {"predict.py": "question_answering_predict.py", "answer_pieces.py": "answer_pieces.py"}
NAMES = {
    QUESTION: re.compile(r"question|query|问题", re.IGNORECASE),
    CONTEXT: re.compile(r"context|passage|paragraph|document|article_text|原文|段落", re.IGNORECASE),
    ANSWER: re.compile(r"answer|answer_?text|答案", re.IGNORECASE),
    START: re.compile(r"answer_?start|start", re.IGNORECASE),
    ANSWERS: re.compile(r"answers", re.IGNORECASE),
}
METHODS = ("full", "last-blocks", "lora", "head")
LEAST_GROUPS = 10  # titles, with fewer of which contexts are kept together instead


@dataclass(frozen=True, slots=True)
class QuestionAnswering:
    """Stateless, as every task. Torch and transformers are imported by what trains, predicts or loads."""

    name: str = "question-answering"
    title: str = "Question answering"
    summary: str = "Find the answer to a question in a text: the words themselves, marked in their place."
    icon: str = ":material/quiz:"
    default_model: str | None = "starter/minilm-l6"
    roles: tuple[Role, ...] = (
        Role(QUESTION, "Question", "The column with the questions.", "text"),
        Role(CONTEXT, "Context", "The column with the texts in which the answers stand.", "passage", model="text"),
        Role(
            ANSWER,
            "Answer",
            "The column with the answers, word by word as in the text; an empty cell says that there is none.",
            "answer",
            target=True,
            blank=True,
        ),
        Role(
            START,
            "Where it begins",
            "The column with the character of the text at which the answer begins, counted from 0. Without it, the "
            "first place counts where the answer stands.",
            "place",
            optional=True,
            truth=True,
        ),
        Role(
            ANSWERS,
            "All right answers",
            "A column with a list of several answers that are all right, as SQuAD has them (JSON).",
            "answers",
            optional=True,
            truth=True,
        ),
    )
    metrics: tuple[Metric, ...] = (
        Metric(
            "f1",
            "Answer F1",
            "How many words the answer shares with the right one, of both (as SQuAD counts); the mean over all "
            "questions. Case, punctuation and articles do not count.",
        ),
        Metric(
            "exact_match",
            "Exact match",
            "The share of answers that are the right ones to the letter, but for case, punctuation and articles.",
        ),
    )

    @property
    def headline(self) -> Metric:
        return self.metrics[0]

    def suits(self, profile: TableProfile) -> Suggestion:
        columns = {role: found.name for role in NAMES if (found := _named(profile, role)) is not None}
        if not {QUESTION, CONTEXT} <= columns.keys() or columns.keys().isdisjoint((ANSWER, ANSWERS)):
            why = "It needs columns named question, context and answer: import a SQuAD file, or rename them."
            return Suggestion(0.0, why, {})
        if ANSWER not in columns:
            columns[ANSWER] = columns.pop(ANSWERS)
        question, context, answer = (columns[role] for role in (QUESTION, CONTEXT, ANSWER))
        reason = f"'{question}' asks about the texts in '{context}', and '{answer}' holds the answers."
        return Suggestion(0.97, reason, columns, _together(profile, context))

    def check(self, split: Split) -> list[Finding]:
        return answer_findings.find(split)

    def plan(
        self,
        training: Training,
        split: Split,
        device: str,
        machine: Machine | None = None,
        model: str | None = None,  # noqa: ARG002  (all learn alike)
    ) -> Mapping[str, Fact]:
        contexts = {context: estimated_tokens(context) for context in split.train[CONTEXT].unique()}
        pairs = zip(split.train[QUESTION], split.train[CONTEXT], strict=True)
        lengths = [estimated_tokens(question) + contexts[context] for question, context in pairs]
        facts = rules.choose(training, lengths=lengths, device=device, machine=machine)
        most = facts["max_length"].value
        if training.max_length == "auto" and max(lengths, default=0) > most:
            longer = sum(length > most for length in lengths)
            why = f"{longer:,} of {len(lengths):,} contexts are longer, and are read in windows that overlap."
            facts["max_length"] = replace(facts["max_length"], reason=why)
        facts["method"] = replace(facts["method"], options=METHODS)
        del facts["label_smoothing"], facts["class_weights"]
        return facts

    def baseline(self, split: Split) -> Predicts:
        from workbench.tasks import answer_baseline

        return answer_baseline.fit(split.train)

    def learner(self, split: Split, context: LearnerContext) -> Problem:
        from workbench.networks.answer_finder import AnswerFinder
        from workbench.tasks import encoder_files
        from workbench.tasks.answer_head import HeadProblem
        from workbench.tasks.answer_learner import EncoderProblem, longest_answer
        from workbench.tasks.answer_reader import AnswerReader

        if context.plan.method not in METHODS:
            raise TrainingError(
                f"there is no way to answer questions by the method '{context.plan.method}'",
                where="training.method",
                remedy=f"Choose one of: {', '.join(METHODS)}.",
            )
        network, tokenizer, most = encoder_files.begin(
            context, (), lambda encoder, width, _: AnswerFinder(encoder, width, context.seed)
        )
        if most < answer_pieces.LEAST_READ:
            raise TrainingError(
                f"{most} word pieces at once are too few for a question and its context",
                where="training.max_length",
                remedy=f"Give at least {answer_pieces.LEAST_READ}; 256 is usual.",
            )
        train, held_out = list(asked(split.train)), list(asked(split.validation))
        taught = [one for one in train if one.teaches]
        may_be_none = any(not one.accepted for one in train)
        reader = AnswerReader(network, tokenizer, most, 1, may_be_none, context.plan.device)
        reader.longest = longest_answer(reader, taught)
        kind = HeadProblem if context.plan.method == "head" else EncoderProblem
        return kind(reader, taught, held_out, context)

    def score(self, truth: pd.DataFrame, predicted: Predictions, baseline: Predictions | None = None) -> Scores:
        from workbench.evaluate import answers

        questions = [
            answers.Question(one.row, one.question, one.context, one.accepted, one.places) for one in asked(truth)
        ]
        simple = None if baseline is None else _given(baseline)
        return answers.score(questions, _given(predicted), simple)

    def load(self, folder: Path, device: str = "cpu") -> Fitted:
        from workbench.tasks import answer_fitted

        return answer_fitted.load(folder, device)

    def export_files(self, folder: Path) -> Mapping[str, str]:  # noqa: ARG002  (the same for every model)
        here = Path(__file__).parent
        return {name: (here / source).read_text(encoding="utf-8") for name, source in FILES.items()}


TASK = QuestionAnswering()


def _given(predictions: Predictions) -> "list[Given]":
    from workbench.evaluate.answers import Given

    found = as_answers(predictions)
    return [Given(text, *place) for text, place in zip(found.texts, found.places, strict=True)]


def _named(profile: TableProfile, role: str) -> ColumnProfile | None:
    """The first column whose whole name is one that the role usually has."""
    return next((column for column in profile.columns if NAMES[role].fullmatch(column.name)), None)


def _together(profile: TableProfile, context: str) -> str | None:
    """The column by which rows are kept together: the title, or the context where several rows share one."""
    title = profile.column("title")
    shared = [column for column in (title, profile.column(context)) if column is not None]
    fitting = (column.name for column in shared if LEAST_GROUPS <= column.distinct < profile.rows)
    return next(fitting, None)
