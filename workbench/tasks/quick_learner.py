"""What the loop trains for quick models of tables: scikit-learn fits them, a few numbers say how much each counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.tasks import quick_folds, quick_members
from workbench.tasks.protocol import LearnerContext, Split
from workbench.tasks.quick_fitted import QuickFitted, Weighed
from workbench.tasks.quick_folds import Rows
from workbench.tasks.quick_members import Job, Member
from workbench.tasks.table_answers import Amounts, Labels
from workbench.tasks.table_columns import TableColumns
from workbench.training.problem import Control, Group, Reporter

if TYPE_CHECKING:
    import torch

NO_EPOCHS = (
    "Noise on numbers and mixed rows change nothing here: quick models see every row once, as it is. Choose the "
    "network for tables to learn from changed rows."
)


@dataclass(frozen=True, slots=True)
class Tried:
    """A member with its best setting, and what it says about rows that it was not fitted on."""

    member: Member
    setting: float
    loss: float
    scores: NDArray[np.float64]


class QuickProblem:
    """Members are fitted in ``prepare``, and how they are blended is solved there, from what each says about training
    rows that it was not fitted on. These rows are the samples of the loop, which refines that solution."""

    def __init__(
        self,
        columns: TableColumns,
        answers: Labels | Amounts,
        members: tuple[Member, ...],
        split: Split,
        context: LearnerContext,
    ) -> None:
        from workbench.networks.blend import Blend

        self.noise = context.augment is not None and context.augment.table is not None
        self.columns, self.answers, self.members, self.cache = columns, answers, members, context.cache
        self.train, self.held_out = answers.known(split.train), answers.known(split.validation)
        self.job = Job(columns, len(answers.labels), len(self.train), context.seed, context.plan.threads or 1)
        truth = answers.truth(self.train).numpy()
        centre, spread = (0.0, 1.0) if answers.labels else (float(truth.mean()), float(truth.std()) or 1.0)
        standard = truth if answers.labels else (truth - centre) / spread
        self.rows = Rows(quick_members.inputs(columns, self.train), standard)
        self.folds = quick_folds.folds(self.rows, self.job)
        self.judged = quick_folds.judged(self.folds) if self.folds else np.arange(len(truth))
        self.outside = np.zeros((len(members), len(self.judged), len(answers.labels) or 1))
        expected = [member.expected if len(truth) < quick_members.VERY_FEW_ROWS else 1.0 for member in members]
        self.module: Blend = Blend(expected, len(answers.labels), centre, spread)
        self.models: dict[str, Any] = {}
        self.held_out_scores = np.empty(0)
        self.held_out_truth = answers.truth(self.held_out).numpy()

    @property
    def headline(self) -> tuple[str, bool]:
        return self.answers.headline

    @cached_property
    def groups(self) -> list[Group]:
        return [Group([number for number in self.module.parameters() if number.requires_grad], decay=False)]

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        from threadpoolctl import threadpool_limits

        reporter.progress(phase="fitting")
        if self.noise and fresh:
            reporter.event("warning", NO_EPOCHS)
        with threadpool_limits(self.job.threads):
            tried = self._try(reporter)
            if not isinstance(tried, list):
                return tried
            for one in tried:
                control = reporter.control()
                if control in ("pause", "cancel"):
                    return control
                self.models[one.member.name] = quick_folds.fitted(one.member, one.setting, self.rows, self.job)
        self.held_out_scores = self.fitted().scores(self.held_out)
        if self.folds:
            self.outside = np.stack([one.scores for one in tried])
            if fresh:
                loss = self.module.solve(self.outside, self.rows.truth[self.judged])
                reporter.event("remark", self._said(tried, loss))
        return None

    def lengths(self, epoch: int) -> Sequence[int]:  # noqa: ARG002  (rows have one size)
        return [1] * len(self.judged)

    def batch(self, rows: Sequence[int], epoch: int) -> "tuple[torch.Tensor, torch.Tensor]":  # noqa: ARG002
        import torch

        picked = list(rows)
        return torch.from_numpy(self.outside[:, picked]), torch.from_numpy(self.rows.truth[self.judged[picked]])

    def loss(self, batch: "tuple[torch.Tensor, torch.Tensor]") -> "tuple[torch.Tensor, int]":
        scores, truth = batch
        return self.module.losses(scores, truth).sum(), len(truth)

    def validate(self) -> Mapping[str, float]:
        if not len(self.held_out_truth):
            return {}
        found = self.fitted().answered(self.held_out_scores)
        return self.answers.measured(found, self.held_out_truth, self.module.spread.item())

    def fitted(self) -> QuickFitted:
        blend = self.module
        how = Weighed(blend.weights, blend.sharpness, blend.centre.item(), blend.spread.item())
        return QuickFitted(self.columns, self.answers, self.models, how)

    def _try(self, reporter: Reporter) -> "list[Tried] | Control":
        """Every member with the best of its settings; what the user asks for when that cuts it short."""
        found = []
        for member in self.members:
            settings = member.settings if self.job.rows <= quick_members.FEW_ROWS else member.settings[:1]
            best: Tried | None = None
            for setting in settings if self.folds else settings[:1]:
                one = self._one(member, setting, reporter)
                if not isinstance(one, Tried):
                    return one
                best = one if best is None or one.loss < best.loss else best
            assert best is not None  # every member has a setting
            found.append(best)
        return found

    def _one(self, member: Member, setting: float, reporter: Reporter) -> "Tried | Control":
        from workbench.networks.blend import Blend

        if not self.folds:
            return Tried(member, setting, 0.0, np.empty(0))
        scores = quick_folds.scores(member, setting, self.rows, self.folds, self.job, self.cache, reporter)
        if isinstance(scores, str):
            return scores
        alone = Blend([1.0], len(self.answers.labels))
        return Tried(member, setting, alone.solve(scores[None], self.rows.truth[self.judged]), scores)

    def _said(self, tried: Sequence[Tried], blended: float) -> str:
        """Who wins and by how much, in the words of the run's log."""
        ranked = sorted(tried, key=lambda one: one.loss)
        others = ", ".join(f"{one.member.title} {self._shown(one.loss)}" for one in ranked[1:])
        kind, first = "a log loss" if self.answers.labels else "an RMSE", ranked[0]
        text = f"On training rows new to it, the {first.member.title} reached {kind} of {self._shown(first.loss)}"
        if not others:
            return f"{text}."
        shares = zip((one.member.title for one in tried), self.module.weights, strict=True)
        counted = ", ".join(f"{title} {weight:.0%}" for title, weight in shares)
        gain = 1 - self._unit(blended) / max(self._unit(first.loss), 1e-12)
        than = f"{gain:.0%} less" if gain >= 0.005 else "no less"  # half a percent is none when rounded
        return (
            f"{text}, the best of all ({others}). Together they reach {self._shown(blended)}, {than} than that; they "
            f"count {counted}."
        )

    def _unit(self, loss: float) -> float:
        """A loss in the unit that people know: log loss as it is, squared distances as a distance in the target's."""
        return loss if self.answers.labels else float(np.sqrt(loss)) * self.module.spread.item()

    def _shown(self, loss: float) -> str:
        return f"{self._unit(loss):.4g}"
