"""Commands about runs: start one from a recipe and wait for its end, and tell how one stands."""

import argparse
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench import recipe as recipes
from workbench.cli import data
from workbench.cli.output import Output, duration
from workbench.errors import DataError, RecipeError
from workbench.recipe import Model, Recipe
from workbench.services import datasets, fold_runs, models, opening, projects, run_report, runs, sources, starting
from workbench.services import recipes as recipe_service
from workbench.services.workbench import Store, open_workbench
from workbench.store.views import DataVersionView, ProjectView, RunView, State

POLL_SECONDS = 0.5


def run(options: argparse.Namespace, output: Output) -> int:
    """Train from a recipe; Ctrl-C leaves the run going."""
    recipe = _read(options.recipe)
    store = open_workbench()
    project, made = data.project_named(store, options.project or options.recipe.stem)
    try:
        recipe, version = _complete(store, project, recipe, options.recipe.resolve().parent)
        if recipe.model:
            models.folder(store, recipe.model.id, progress=output.bar)
        for finding in recipe_service.check(store, recipe, version.id):
            if finding.level == "error":
                raise DataError(finding.what, where=version.name, remedy=finding.remedy, code=finding.code)
            output.warn(f"{finding.what.rstrip('.')}. {finding.remedy}")
        opening.use_recipe(store, project.id, recipe, version.id)
        started = runs.start(store, project.id, recipe, version.id, key=uuid.uuid4().hex, name=options.name)
    except BaseException:
        if made:
            projects.move_to_bin(store, project.id)
        raise
    output.say(f"Run {started.number} of the project '{project.name}' ({started.id})")
    try:
        ended = _wait(store, started, output)
    except KeyboardInterrupt:
        output.warn(f"The run goes on without this window. See how it stands: python -m workbench show {started.id}")
        output.result(run_report.describe(runs.get(store, started.id), fold_runs.of(store, started.id)))
        return 130
    output.result(_tell(store, ended, output))
    return 0 if ended.state is State.SUCCEEDED else 1


def show(options: argparse.Namespace, output: Output) -> int:
    """Tell how a run stands."""
    store = open_workbench()
    found = runs.get(store, options.run)
    about = _tell(store, found, output)
    output.say("\n" + recipes.to_yaml(found.recipe).rstrip())
    output.result({**about, "recipe": recipes.to_dict(found.recipe)})
    return 0


def _read(path: Path) -> Recipe:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = "this is not a text file" if isinstance(error, UnicodeDecodeError) else "the file cannot be read"
        raise RecipeError(why, where=str(path), remedy="Give the path of a recipe (YAML, UTF-8).") from None
    return recipes.from_yaml(text, path.name)


def _complete(store: Store, project: ProjectView, recipe: Recipe, folder: Path) -> tuple[Recipe, DataVersionView]:
    """The recipe with its data imported, its model named, and paths that hold wherever the worker runs."""
    task = recipe_service.check_names(recipe)  # a wrong name is told before anything is imported
    if recipe.model is None and task.default_model:
        recipe = recipe.model_copy(update={"model": Model(id=task.default_model)})
    elif recipe.model and (folder / recipe.model.id).is_dir():
        recipe = recipe.model_copy(update={"model": Model(id=str((folder / recipe.model.id).resolve()))})
    version = _data(store, project, recipe, folder)
    return recipe_service.complete(store, recipe, version.id), version


def _data(store: Store, project: ProjectView, recipe: Recipe, folder: Path) -> DataVersionView:
    """The recipe's data: a sample, a file or folder (from the recipe's folder), a data set of the project by its name,
    or what lies elsewhere, brought once."""
    source = recipe.data.source if recipe.data else ""
    if source.startswith("sample/"):
        return datasets.import_sample(store, project.id, source)
    elsewhere = sources.is_elsewhere(source)
    path = (folder / Path(source).expanduser()).resolve()
    if source and path.exists() and not elsewhere:
        name = path.name if path.is_dir() else path.stem
        return datasets.import_file(store, project.id, path, name=name, source=source)
    there = datasets.list_datasets(store, project.id)
    found = next((version for version in there if source in (version.name, version.source)), None)
    if found is None and elsewhere:
        sources.refuse_password(source)
        with sources.staged(store, source) as brought:
            return datasets.import_file(store, project.id, brought.path, name=brought.title, source=source)
    if found is None:
        raise DataError(
            f"there is no file '{source}' beside the recipe, and no data set of that name in '{project.name}'",
            where="data.source",
            remedy=f"Give a path, a sample (python -m workbench samples), or one of: {_names(there)}.",
        )
    return found


def _names(there: list[DataVersionView]) -> str:
    return ", ".join(version.name for version in there) or "(the project has no data yet)"


def _wait(store: Store, started: RunView, output: Output) -> RunView:
    """Follow the run to its end, also through workers that die and are replaced."""
    current, state = started, ""
    while not current.state.ended:
        starting.ensure_supervisor(store)
        if current.state.value != state:
            state = current.state.value
            if current.state is State.PAUSED:
                output.warn("The run is paused. It goes on when somebody resumes it on the Train page.")
        output.bar(*(_folds_progress(fold_runs.of(store, current.id)) if current.in_folds else _progress(current)))
        time.sleep(POLL_SECONDS)
        current = runs.get(store, started.id)
    output.clear()
    return current


def _progress(current: RunView) -> tuple[str, float | None]:
    progress = current.progress
    if current.state is not State.RUNNING:
        return f"{current.state.value.lower()}", None
    if progress.waits_for:
        return f"paused: no room. {progress.waits_for}", None
    if not progress.steps:
        return progress.phase, None
    parts = [progress.phase, f"epoch {progress.epoch:.1f}/{progress.epochs}"]
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.3f}")
    if progress.samples_per_second:
        parts.append(f"{progress.samples_per_second:.0f} samples/s")
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    return "  ".join(parts), progress.step / progress.steps


def _folds_progress(folds: Sequence[RunView]) -> tuple[str, float | None]:
    """How many folds have ended, and how far the one is that is trained now."""
    ended = sum(fold.state.ended for fold in folds)
    now = next((fold for fold in folds if not fold.state.ended), None)
    if now is None:
        return "judging the folds together", 1.0
    text, share = _progress(now)
    return f"fold {ended + 1} of {len(folds)}: {text}", (ended + (share or 0.0)) / len(folds)


def _tell(store: Store, current: RunView, output: Output) -> dict[str, Any]:
    """Say state, scores beside the baseline's, time and memory; answers with the run as plain values."""
    folds = fold_runs.of(store, current.id) if current.in_folds else []
    about: dict[str, Any] = run_report.describe(current, folds)
    output.say(f"{current.name}: {current.state.value}" + (f" ({current.reason})" if current.reason else ""))
    if current.state is State.FAILED:
        output.warn(current.reason or "The run failed.")
    test, simple = about["scores"].get("test", {}), about["baseline"].get("test", {})
    if test:
        spread = current.summary.spread.get("test", {})
        title = f"mean of {current.summary.folds} folds" if current.in_folds else "on the test rows"
        columns = ("model", "spread", "baseline") if spread else ("model", "baseline")
        output.say(f"{title:<22}" + "".join(f"{column:>10}" for column in columns))
        for name, value in test.items():
            around = f"{'± ' + format(spread[name], '.4f'):>10}" if spread else ""
            beside = f"{simple[name]:>10.4f}" if name in simple else ""
            output.say(f"{name:<22}{value:>10.4f}{around}{beside}")
    for fold in folds:
        why = f" ({fold.reason})" if fold.reason else ""
        output.say(f"fold {(fold.recipe.split.fold or 0) + 1}: {fold.state.value}{why}  {fold.id}")
    if current.state.ended and about["train_seconds"]:
        output.say(
            f"trained {duration(about['train_seconds'])}, {about['samples_per_second'] or 0:.0f} samples/s, "
            f"at most {about['peak_memory_mb'] or 0:.0f} MB of memory"
        )
    if current.model_id:
        output.say(f"take it away: python -m workbench export {current.id} --format folder --out my-model")
    return about
