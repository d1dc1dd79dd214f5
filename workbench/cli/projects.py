"""Commands about whole projects: one file to take away, and the way back."""

import argparse

from workbench.cli.output import Output, megabytes
from workbench.errors import DataError, NotFound
from workbench.services import projects
from workbench.services.workbench import open_workbench


def export_project(options: argparse.Namespace, output: Output) -> int:
    """Write a project with its data, finished runs and models to one file."""
    store = open_workbench()
    found = projects.by_name(store, options.project)
    if found is None:
        there = ", ".join(f"'{project.name}'" for project in projects.list_projects(store)[:10])
        remedy = f"There are: {there}." if there else "There is none yet."
        raise NotFound(f"there is no project '{options.project}'", remedy=remedy)
    path = projects.export_project(store, found.id, options.out)
    size = path.stat().st_size
    output.say(f"The project '{found.name}' is in {path} ({megabytes(size)}).")
    output.result({"project": found.name, "project_id": found.id, "path": str(path.resolve()), "bytes": size})
    return 0


def import_project(options: argparse.Namespace, output: Output) -> int:
    """Make a new project from an exported file."""
    store = open_workbench()
    if not options.file.is_file():
        raise DataError("there is no such file", where=str(options.file), remedy="Check the path.", code="FILE-00")
    made = projects.import_project(store, options.file)
    output.say(f"The project '{made.name}' is here.")
    output.result({"project": made.name, "project_id": made.id})
    return 0
