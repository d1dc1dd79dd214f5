"""What the browser fetches besides pages: a run's curves, the chart library, a model as a zip file."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from workbench.errors import NotFound, WorkbenchError
from workbench.services import models, runs
from workbench.ui.opened import store

PLOTLY = "/assets/plotly.min.js"


def routes() -> list[Route]:
    return [
        Route("/api/metrics", _metrics),
        Route(PLOTLY, _plotly),
        Route("/download/model/{model_id}", _download),
    ]


async def _metrics(request: Request) -> Response:
    """The curves of ``?run=``, cut to about 1,000 points; 304 while nothing has changed since the given ETag."""
    run_id = request.query_params.get("run", "")
    try:
        run = await run_in_threadpool(runs.get, store(), run_id)
        tag = f'"{await run_in_threadpool(runs.series_version, store(), run_id)}-{run.state}"'
        headers = {"ETag": tag, "Cache-Control": "no-store"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        series = await run_in_threadpool(runs.series, store(), run_id)
    except WorkbenchError as error:
        return _problem(error)
    content = {"steps": series.steps, "epochs": series.epochs, "values": series.values, "ended": run.state.ended}
    return JSONResponse(content, headers=headers)


async def _plotly(_request: Request) -> Response:
    return FileResponse(_plotly_file(), media_type="text/javascript", headers={"Cache-Control": "max-age=86400"})


@cache
def _plotly_file() -> Path:
    """``plotly.min.js`` inside the installed wheel, found without importing plotly."""
    spec = find_spec("plotly")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


async def _download(request: Request) -> Response:
    """The exported model as a zip file, under the model's name."""
    model_id = request.path_params["model_id"]
    try:
        model = await run_in_threadpool(models.model, store(), model_id)
        archive = await run_in_threadpool(models.archive, store(), model_id)
    except WorkbenchError as error:
        return _problem(error)
    return FileResponse(archive, media_type="application/zip", filename=f"{models.file_name(model)}.zip")


def _problem(error: WorkbenchError) -> Response:
    return PlainTextResponse(f"{error}\n", status_code=404 if isinstance(error, NotFound) else 409)
