"""Findings about a project's data: made once in the background and kept, settled by a click, asked about a split."""

import hashlib
import json
import os
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from workbench import tasks
from workbench.artefacts.room import make_room
from workbench.data.profiles.profile import TableProfile
from workbench.errors import DataError, RecipeError, WorkbenchError
from workbench.findings import crossing as crossing_rows
from workbench.findings import exact_duplicates, looking, near_duplicates
from workbench.findings.evidence import Question
from workbench.findings.finding import Finding as Finding  # what pages show
from workbench.findings.finding import Fix as Fix
from workbench.findings.finding import Report as Report
from workbench.findings.finding import Suspect as Suspect
from workbench.findings.finding import Suspects as Suspects
from workbench.prepare.splits import PARTS
from workbench.prepare.step import PrepareStep
from workbench.recipe import Recipe, Step
from workbench.services import datasets, recipes
from workbench.store.session import Store
from workbench.tasks.protocol import Role

_FORMAT = 1  # raise it when a finding changes what it says
_LIMIT = 100_000_000  # bytes of kept reports
_REPORT, _SUSPECTS = TypeAdapter(Report), TypeAdapter(Suspects)
Kept = TypeVar("Kept", Report, Suspects)
_DECISIVE: dict[str, Callable[[Any, Any], bool]] = {  # settings by which a step may do too little
    "similarity": lambda now, wanted: bool(now <= wanted),
    "by": lambda now, wanted: now in ("text", wanted),
}


@dataclass(slots=True)
class _Work:
    """A report that is being made, or could not be."""

    share: float = 0.0
    error: WorkbenchError | None = None


_works: dict[Path, _Work] = {}
_starting = threading.Lock()
_one_at_a_time = threading.Lock()  # a report takes a core


def report(store: Store, version_id: str, recipe: Recipe) -> Report | None:
    """What was found in the version's rows, for the columns that the recipe names; None while it is being looked for.

    The first call starts that, in the background. Raises DataError when it came to nothing.
    """
    request = _request(store, version_id, recipe, "report")
    place = _place(store, version_id, request)
    kept = _read(place, _REPORT)
    if kept is not None:
        return kept
    with _starting:
        work = _works.get(place)
        if work is None:
            work = _works[place] = _Work()
            threading.Thread(target=_make, args=(work, request, place), name="findings", daemon=True).start()
    if work.error is not None:
        raise work.error
    return None


def known(store: Store, version_id: str, recipe: Recipe) -> Report | None:
    """The report, if it is made; nothing is started."""
    return _read(_place(store, version_id, _request(store, version_id, recipe, "report")), _REPORT)


def label_column(store: Store, version_id: str, recipe: Recipe) -> str | None:
    """The column that holds the labels, if the recipe says so; None when the answer is a number."""
    question = _question(recipe, datasets.profile(store, version_id))
    return None if question.measured else question.target


def progress(store: Store, version_id: str, recipe: Recipe) -> float:
    """The share of the looking that is done."""
    work = _works.get(_place(store, version_id, _request(store, version_id, recipe, "report")))
    return work.share if work else 0.0


def again(store: Store, version_id: str, recipe: Recipe) -> None:
    """Forget that looking came to nothing; the next ``report`` starts anew."""
    _works.pop(_place(store, version_id, _request(store, version_id, recipe, "report")), None)


def crossing(store: Store, version_id: str, recipe: Recipe, found: Report) -> Finding | None:
    """Rows for validation and test that repeat a training row, under the recipe's preparation and split.

    Raises RecipeError and DataError, as ``datasets.prepared`` does.
    """
    split = datasets.prepared(store, recipe, version_id).split
    parts = {row: name for name in PARTS for row in getattr(split, name).index.tolist()}
    question = _question(recipe, datasets.profile(store, version_id))
    if question.texts and not question.passages:
        fix = near_duplicates.of_texts()
    elif question.images:
        fix = Fix(near_duplicates.TAKE_OUT, drop_copies=True)
    else:
        fix = Fix(exact_duplicates.FIX, step=Step(step="drop-duplicates"))
    return crossing_rows.find(found.alike, parts, fix)


def known_suspects(store: Store, version_id: str, recipe: Recipe) -> Suspects | None:
    """What ``suspect_labels`` found before, if it was asked."""
    return _read(_place(store, version_id, _request(store, version_id, recipe, "suspects")), _SUSPECTS)


def suspect_labels(store: Store, version_id: str, recipe: Recipe, progress: Callable[[float], None]) -> Suspects:
    """Rows whose label a quick model doubts, the most suspicious first; looked for now, unless that was done before.

    ``progress`` is told the share that is done, and may raise to stop it. Raises DataError.
    """
    request = _request(store, version_id, recipe, "suspects")
    place = _place(store, version_id, request)
    found = _read(place, _SUSPECTS)
    if found is None:
        found = looking.ask(request, progress).suspects
        assert found is not None
        _write(place, _SUSPECTS, found)
    return found


def apply(recipe: Recipe, fix: Fix) -> Recipe:
    """The recipe with the fix: its step in its place among the others, joined with one of the same name, or its split.

    Raises RecipeError when the step or split cannot be.
    """
    if fix.split is not None:
        content = {**recipe.split.model_dump(), **fix.split}
        return recipe.model_copy(update={"split": type(recipe.split).model_validate(content)})
    if fix.step is None:
        return recipe
    order = [_name(kind) for kind in recipes.prepare_steps()]
    present = next((step for step in recipe.prepare if step.step == fix.step.step), None)
    others = [step for step in recipe.prepare if step is not present]
    added = fix.step if present is None else _joined(present, fix.step)
    rank = {name: number for number, name in enumerate(order)}
    before = sum(rank.get(step.step, 0) <= rank.get(added.step, len(order)) for step in others)
    changed = recipe.model_copy(update={"prepare": (*others[:before], added, *others[before:])})
    recipes.check_names(changed)
    return changed


def settled(recipe: Recipe, finding: Finding) -> bool:
    """Does the recipe already do what would settle the finding? What crosses was asked of rows as it prepares them."""
    fix = finding.fix
    if fix is None or finding.kind == crossing_rows.KIND:
        return False
    if fix.split is not None:
        return all(getattr(recipe.split, key) == value for key, value in fix.split.items())
    return fix.step is not None and any(
        present.step == fix.step.step and _covers(present, fix.step) for present in recipe.prepare
    )


def _joined(present: Step, wanted: Step) -> Step:
    """One step that does what both do. Lists and mappings grow; no columns at all mean every column already; of other
    settings only those change by which it would do too little."""
    settings = _settings(present)
    for key, value in _settings(wanted).items():
        now = settings.get(key)
        if isinstance(value, Mapping):
            settings[key] = {**(now or {}), **value}
        elif isinstance(value, list | tuple):
            every = key == "columns" and not now and wanted.step != "drop-columns"
            settings[key] = [] if every else [*(now or ()), *(one for one in value if one not in (now or ()))]
        elif key not in settings or (key in _DECISIVE and not _enough(present, key, value)):
            settings[key] = value
    return Step.model_validate({"step": present.step, **settings})


def _name(kind: type[PrepareStep]) -> str:
    return str(kind.model_fields["step"].default)


def _settings(step: Step) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in step.model_dump(exclude={"step"}).items()
    }


def _covers(present: Step, wanted: Step) -> bool:
    """Does ``present`` do all that ``wanted`` does? Whatever else was chosen, such as how to hide, is as good."""
    joined, now = _settings(_joined(present, wanted)), _settings(present)
    grown = any(value and value != now.get(key) for key, value in joined.items() if isinstance(value, list | dict))
    asked = _settings(wanted)
    return not grown and all(_enough(present, key, asked[key]) for key in _DECISIVE if key in asked)


def _enough(present: Step, key: str, wanted: Any) -> bool:
    """Is the setting that decides what goes at least as strict as the wanted one?"""
    default = next(kind.model_fields[key].default for kind in recipes.prepare_steps() if _name(kind) == present.step)
    return _DECISIVE[key](_settings(present).get(key, default), wanted)


def _request(store: Store, version_id: str, recipe: Recipe, wanted: Any) -> looking.Request:
    version = datasets.version(store, version_id)
    question = _question(recipe, datasets.profile(store, version_id))
    if wanted == "suspects":
        left_out = {
            name
            for step in recipe.prepare
            if step.step == "drop-columns"
            for name in _settings(step).get("columns", ())
        }
        kept = tuple(name for name in question.features if name not in left_out)
        question = replace(question, features=kept, max_tokens=None)
    folder = store.settings.datasets / version.folder
    return looking.Request(wanted, folder, version.name, question, store.settings.limits)


def _question(recipe: Recipe, profile: TableProfile) -> Question:
    """Which column is for what; where the recipe does not say, texts are what looks like texts."""
    try:
        roles = list(tasks.by_name(recipe.task).roles)
    except RecipeError:
        roles = []
    names = [column.name for column in profile.columns]
    chosen = dict(recipe.data.columns) if recipe.data else {}
    given = [(role, chosen[role.name]) for role in roles if chosen.get(role.name) in names]
    target = next(((role, column) for role, column in given if role.target), None)
    texts = _of(given, "text") or tuple(
        column.name for column in profile.columns if not chosen and column.kind == "text"
    )
    images = _of(given, "image")
    taken = {column for _, column in given} | set(texts)
    others = tuple(column for role, column in given if role.read and role.kind in ("category", "number"))
    chosen_features = recipe.data.features if recipe.data else None
    features = (*others, *(chosen_features or (name for name in names if name not in taken)))
    length = recipe.training.max_length
    return Question(
        texts=texts,
        passages=_of(given, "passage"),
        images=images,
        features=features,
        reads_features=bool(others) or any(role.kind == "features" for role in roles),
        target=target[1] if target else None,
        measured=bool(target and target[0].kind != "category"),
        max_tokens=length if isinstance(length, int) else None,
    )


def _of(given: list[tuple[Role, str]], kind: str) -> tuple[str, ...]:
    return tuple(column for role, column in given if role.kind == kind and not role.target)


def _place(store: Store, version_id: str, request: looking.Request) -> Path:
    """Where the answer is kept: under a name of everything that it depends on."""
    content = [_FORMAT, request.wanted, datasets.version(store, version_id).sha256, asdict(request.question)]
    name = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
    return store.settings.cache / "findings" / f"{name}.json"


def _make(work: _Work, request: looking.Request, place: Path) -> None:
    def note(share: float) -> None:
        work.share = share

    try:
        with _one_at_a_time:
            found = looking.ask(request, note).report
            assert found is not None
            _write(place, _REPORT, found)
        _works.pop(place, None)
    except WorkbenchError as error:
        work.error = error
    except OSError as error:
        what = f"what was found could not be kept ({error.strerror or error})"
        work.error = DataError(what, where=str(place), remedy="Make room on this disk and try again.")


def _read(place: Path, kind: TypeAdapter[Kept]) -> Kept | None:
    try:
        found = kind.validate_json(place.read_bytes())
        os.utime(place)  # used now
    except (OSError, ValueError):
        return None
    return found


def _write(place: Path, kind: TypeAdapter[Kept], found: Kept) -> None:
    """Whole, or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    staged = place.with_name(f".{uuid.uuid4().hex}.part")
    staged.write_bytes(kind.dump_json(found))
    staged.replace(place)
    make_room(place.parent, _LIMIT)
