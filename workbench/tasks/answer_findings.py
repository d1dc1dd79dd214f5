"""Findings about questions with answers: answers that are not in their contexts, contexts that are in several parts."""

from collections.abc import Sequence

from workbench.tasks import label_findings
from workbench.tasks.answered_rows import CONTEXT, Asked, asked
from workbench.tasks.protocol import Finding, Split
from workbench.tasks.text_findings import estimated_tokens

MANY_PIECES = 20_000  # of a context, above which an answer takes many seconds on a processor
_LOST_TOO_MANY = 0.5  # of the answers, above which the columns must be wrong


def find(split: Split) -> list[Finding]:
    """All of them; what leaves nothing to learn comes alone."""
    if missing := label_findings.without_rows(split):
        return missing
    train = list(asked(split.train))
    everything = [*train, *asked(split.validation), *asked(split.test)]
    if blocking := [*_lost(everything), *_nothing_to_learn(train)]:
        errors = [finding for finding in blocking if finding.level == "error"]
        if errors:
            return errors
    return [
        *blocking,
        *_without_answers(split),
        *_shared(split),
        *_empty(everything),
        *_long(everything),
        *label_findings.few_test_rows(split),
    ]


def _lost(rows: Sequence[Asked]) -> list[Finding]:
    """Answers that do not stand in their contexts: counted, the first named."""
    lost = [one for one in rows if not one.teaches]
    if not lost:
        return []
    first, count = lost[0], len(lost)
    answered = sum(bool(one.accepted) for one in rows)
    what = (
        f"{count:,} of {answered:,} answers {'is' if count == 1 else 'are'} not in {'its' if count == 1 else 'their'} "
        f"context; the first is '{first.accepted[0][:60]}' in row {first.row + 1}."
    )
    if count > _LOST_TOO_MANY * answered:
        remedy = "Answers must be copied from the context, letter by letter. Check which columns play which role."
        return [Finding("error", "CHECK-ANSWER", what, remedy)]
    remedy = (
        "Nothing is learned from such rows, and where the model is judged they count as missed. Correct the answers, "
        "or take the rows out."
    )
    return [Finding("warning", "CHECK-ANSWER", what, remedy)]


def _nothing_to_learn(train: Sequence[Asked]) -> list[Finding]:
    answers = {one.accepted[0] for one in train if one.accepted}
    if len(answers) > 1:
        return []
    only = (
        f"The only answer of the training rows is '{next(iter(answers))[:60]}'"
        if answers
        else "No training row has an answer"
    )
    return [
        Finding(
            "error",
            "CHECK-39",
            f"{only}, so there is nothing to learn to find.",
            "Choose the column that holds the answers, or add rows with other ones.",
        )
    ]


def _without_answers(split: Split) -> list[Finding]:
    """Questions without an answer that are in test only cannot be told."""
    taught = any(not one.accepted for one in asked(split.train))
    count = sum(not one.accepted for part in (split.validation, split.test) for one in asked(part))
    if taught or not count:
        return []
    return [
        Finding(
            "warning",
            "CHECK-42",
            f"{count:,} {'question' if count == 1 else 'questions'} of validation and test have no answer, but every "
            "training question has one: the model will answer them all the same.",
            "Split again with another seed, or add training questions without an answer.",
        )
    ]


def _shared(split: Split) -> list[Finding]:
    """Contexts of training that come again where the model is judged."""
    seen = set(split.train[CONTEXT])
    held_out = [context for part in (split.validation, split.test) for context in part[CONTEXT]]
    count = sum(context in seen for context in held_out)
    if not count:
        return []
    return [
        Finding(
            "warning",
            "CHECK-44",
            f"{count:,} of {len(held_out):,} questions for validation and test are about contexts that training has "
            "seen, so the scores say little about new texts.",
            "Divide the rows by group, by a column such as the title or by that of the context itself (on Prepare, or "
            "'split: {method: group, column: …}' in a recipe).",
        )
    ]


def _empty(rows: Sequence[Asked]) -> list[Finding]:
    empty = [one for one in rows if not one.question.strip() or not one.context.strip()]
    if not empty:
        return []
    count, missing = len(empty), "context" if empty[0].question.strip() else "question"
    return [
        Finding(
            "warning",
            "CHECK-46",
            f"{count:,} {'row lacks' if count == 1 else 'rows lack'} a question or a context; the first is row "
            f"{empty[0].row + 1}, which has no {missing}.",
            "Take such rows out, or fill them in.",
        )
    ]


def _long(rows: Sequence[Asked]) -> list[Finding]:
    contexts = {one.context: one.row for one in rows}
    sizes = {row: estimated_tokens(context) for context, row in contexts.items()}
    longest = max(sizes, key=lambda row: sizes[row])
    count = sum(size > MANY_PIECES for size in sizes.values())
    if not count:
        return []
    return [
        Finding(
            "warning",
            "CHECK-47",
            f"{count:,} {'context has' if count == 1 else 'contexts have'} more than {MANY_PIECES:,} word pieces; the "
            f"longest, in row {longest + 1}, has about {sizes[longest]:,}.",
            "All of it is read, in windows that overlap, which takes many seconds for every question about it. Cut "
            "such texts into chapters if that is too slow.",
        )
    ]
