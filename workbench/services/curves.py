"""Curves: what a run told step by step, thinned to what a chart can show."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import String, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from workbench.services import owned
from workbench.store.records import JobRow, MetricRow
from workbench.store.session import Store


@dataclass(frozen=True, slots=True)
class Series:
    """Curves, thinned to what a chart can show: ``values`` has one list a name, None where a point lacks it.

    ``version`` changes whenever the curves do.
    """

    steps: list[int]
    epochs: list[float]
    values: Mapping[str, list[float | None]]
    version: str


def series(store: Store, run_id: str, max_points: int = 1000) -> Series:
    """The run's curves in about ``max_points`` points: every n-th step, and every step with validation scores."""
    with store.reading() as session:
        owned.run(session, store, run_id)
        found, count, last = _version(session, run_id)
        stride = max(1, -(-count // max_points))
        numbered = (
            select(MetricRow, func.row_number().over(order_by=MetricRow.step).label("place"))
            .where(MetricRow.run_id == run_id)
            .subquery()
        )
        thinned = select(numbered.c.step, numbered.c.epoch, numbered.c["values"]).order_by(numbered.c.step)
        if stride > 1:
            keep = numbered.c.place % stride == 1, numbered.c.step == last
            validated = cast(numbered.c["values"], Text).contains('"validation_', autoescape=True)
            thinned = thinned.where(or_(*keep, validated))
        rows = session.execute(thinned).tuples().all()
    names = dict.fromkeys(name for _, _, values in rows for name in values)
    return Series(
        steps=[step for step, _, _ in rows],
        epochs=[epoch for _, epoch, _ in rows],
        values={name: [values.get(name) for _, _, values in rows] for name in names},
        version=found,
    )


def version(store: Store, run_id: str) -> str:
    """The version that ``series`` would have, for much less work."""
    with store.reading() as session:
        owned.run(session, store, run_id)
        return _version(session, run_id)[0]


def _version(session: Session, run_id: str) -> tuple[str, int, int | None]:
    """What changes with the curves; how many points there are; and the last one's step."""
    query = select(func.count(), func.max(MetricRow.step)).where(MetricRow.run_id == run_id)
    count, last = session.execute(query).tuples().one()
    newest = select(cast(MetricRow.values, String)).where(MetricRow.run_id == run_id, MetricRow.step == last)
    names = json.loads(session.scalar(newest) or "{}") if last is not None else {}
    token = session.scalar(select(JobRow.token).where(JobRow.id == run_id))
    return f"{token}-{count}-{last or 0}-{len(names)}", count, last
