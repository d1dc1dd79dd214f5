"""Commands about data: the samples there are, and bringing a table into a project."""

import argparse
import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from workbench import tasks
from workbench.cli.output import Output
from workbench.data.read_options import LINES, ReadOptions
from workbench.errors import DataError, RecipeError
from workbench.services import datasets, models, opening, projects, recipes, sources
from workbench.services.sources import Staged
from workbench.services.workbench import Store, open_workbench
from workbench.store.views import DataVersionView, ProjectView


def samples(_options: argparse.Namespace, output: Output) -> int:
    """List the samples, and whether each one is here."""
    store = open_workbench()
    listed = [
        {
            "id": sample.id,
            "title": sample.title,
            "rows": sample.rows,
            "task": sample.task,
            "columns": dict(sample.columns),
            "licence": sample.licence,
            "attribution": sample.attribution,
            "present": models.pack_present(store, sample.id),
        }
        for sample in datasets.samples()
    ]
    for sample in listed:
        here = "here" if sample["present"] else f"python -m workbench fetch {sample['id']}"
        about = f"{sample['title']} ({sample['licence']}; {here})"
        output.say(f"{sample['id']:<22} {sample['task']:<23} {sample['rows']:>6} rows  {about}")
    output.result({"samples": listed})
    return 0


def import_file(options: argparse.Namespace, output: Output) -> int:
    """Bring a file, a folder, a sample or data from elsewhere into a project, as its data with these roles."""
    store = open_workbench()
    columns = roles(options.role)
    project, made = project_named(store, options.project)
    try:
        version = _import(store, project, options, columns, output)
        draft = opening.use_data(store, projects.draft(store, project.id), version)
        recipe = recipes.with_roles(store, draft.recipe, version.id, columns)
        projects.save_draft(store, draft, recipe=recipe)
    except BaseException:
        if made:  # a project that this command made goes when its data could not come
            projects.move_to_bin(store, project.id)
        raise
    chosen = dict(recipe.data.columns) if recipe.data else {}
    output.say(
        f"{version.name} (version {version.number}) is in the project '{project.name}': {version.rows} rows; "
        + ", ".join(f"{role} = {column}" for role, column in chosen.items())
    )
    output.result(
        {
            "project": project.name,
            "project_id": project.id,
            "data_set": version.name,
            "data_version_id": version.id,
            "version": version.number,
            "rows": version.rows,
            "columns": chosen,
        }
    )
    return 0


def project_named(store: Store, name: str) -> tuple[ProjectView, bool]:
    """The project of that name, made if there is none; and whether it was made."""
    found = projects.by_name(store, name)
    return (found, False) if found else (projects.create(store, name), True)


def roles(given: Sequence[str]) -> dict[str, str]:
    """``["text=body", "label=stars"]`` as a mapping. Raises RecipeError for a role that no task knows."""
    known = sorted({role.name for task in tasks.TASKS for role in task.roles})
    columns = {}
    for item in given:
        role, equals, column = item.partition("=")
        if not equals or not column:
            raise RecipeError(f"'{item}' is not a role", where="--role", remedy="Write it as text=COLUMN.")
        if role not in known:
            near = difflib.get_close_matches(role, known, 1)
            remedy = f"Did you mean '{near[0]}'?" if near else f"Choose one of: {', '.join(known)}."
            raise RecipeError(f"there is no role '{role}'", where="--role", remedy=remedy)
        columns[role] = column
    return columns


def options_of(options: argparse.Namespace) -> ReadOptions:
    """How to read the file, as far as the command says."""
    delimiter = {"tab": "\t", "\\t": "\t", "lines": LINES}.get(options.delimiter, options.delimiter)
    frames = getattr(options, "frames", None)
    skip = getattr(options, "skip", 0)
    return ReadOptions(encoding=options.encoding, delimiter=delimiter, skip=skip, part=options.sheet, frames=frames)


def _import(
    store: Store, project: ProjectView, options: argparse.Namespace, columns: dict[str, str], output: Output
) -> DataVersionView:
    """The imported table; refused before anything is kept when it lacks a column that a role names."""
    if options.source.startswith("sample/"):
        version = datasets.import_sample(store, project.id, options.source, progress=output.progress())
        _known_columns(columns, version.columns, version.name)
        return version
    reading = options_of(options)
    if options.source.startswith(sources.HUB) and "#" not in options.source:
        reading = replace(reading, part=None)  # it chose the file already
    with _found(store, options, output) as found:
        if columns and found.path.exists():
            there = datasets.preview_file(store, found.path, reading, name=found.name).columns
            _known_columns(columns, there, found.name)
        return datasets.import_file(
            store,
            project.id,
            found.path,
            name=options.name or found.title,
            source=found.source,
            options=reading,
            set_aside=options.set_aside,
            progress=output.progress(),
        )


@contextmanager
def _found(store: Store, options: argparse.Namespace, output: Output) -> Iterator[Staged]:
    """The file or folder that is meant, brought here if it lies elsewhere."""
    if not options.source.strip():
        raise DataError("no file is named", remedy="Give a file or folder, sample/NAME, or an address.", code="FILE-00")
    if not sources.is_elsewhere(options.source):
        path = Path(options.source).expanduser()
        yield Staged(path, path.name, path.name, brought=False)
        return
    with sources.staged(
        store,
        options.source,
        part=options.sheet,
        table=options.table,
        columns=options.column,
        rows=options.rows,
        progress=output.bar,
    ) as found:
        output.clear()
        yield found


def _known_columns(columns: dict[str, str], there: Sequence[str], name: str) -> None:
    for role, column in columns.items():
        if column not in there:
            near = difflib.get_close_matches(column, there, 1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Its columns are: {', '.join(there[:20])}."
            raise DataError(f"there is no column '{column}' for the role '{role}'", where=name, remedy=hint)
