"""What the browser fetches besides pages: a run's curves, the chart library, and files to take away."""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from workbench.errors import NotFound, WorkbenchError
from workbench.services import curves, datasets, exports, models, projects, runs, thumbnails
from workbench.ui.opened import store
from workbench.ui.web import uploads

PLOTLY = "/assets/plotly.min.js"


def routes() -> list[Route]:
    return [
        Route("/api/metrics", _metrics),
        Route(PLOTLY, _plotly),
        Route("/download/model/{id}", _model),
        Route("/download/project/{id}", _project),
        Route("/download/rejects/{id}", _rejects),
        *uploads.routes(),
        Route("/thumbnail/{version}/{folder}/{file}", _thumbnail),
    ]


async def _metrics(request: Request) -> Response:
    """The curves of ``?run=``, cut to about 1,000 points; 304 while nothing has changed since the given ETag."""
    run_id = request.query_params.get("run", "")
    try:
        run = await run_in_threadpool(runs.get, store(), run_id)
        tag = f'"{await run_in_threadpool(curves.version, store(), run_id)}-{run.state}"'
        headers = {"ETag": tag, "Cache-Control": "no-store"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        series = await run_in_threadpool(curves.series, store(), run_id)
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


async def _model(request: Request) -> Response:
    """An exported model as a zip file, under the model's name; ``?format=`` other than as it was trained."""
    format = request.query_params.get("format", "folder")
    return await _file(lambda model_id: _model_file(model_id, format), request.path_params["id"])


async def _project(request: Request) -> Response:
    """A whole project as a zip file."""
    return await _file(_project_file, request.path_params["id"])


async def _rejects(request: Request) -> Response:
    """The rows that were set aside when a data version was imported."""
    return await _file(_rejects_file, request.path_params["id"])


async def _thumbnail(request: Request) -> Response:
    """A small picture of one image of a data version; its name is its content, so that it can be kept for ever."""
    given = request.path_params
    side = request.query_params.get("size", "96")
    cell = f"{given['folder']}/{given['file']}"
    try:
        path = await run_in_threadpool(
            thumbnails.thumbnail,
            store(),
            given["version"],
            cell,
            int(side) if side.isdecimal() and len(side) < 5 else 96,
        )
    except WorkbenchError as error:
        return _problem(error)
    return FileResponse(
        path, media_type="image/webp", headers={"Cache-Control": "private, max-age=31536000, immutable"}
    )


async def _file(make: Callable[[str], tuple[Path, str]], record_id: str) -> Response:
    try:
        path, name = await run_in_threadpool(make, record_id)
    except WorkbenchError as error:
        return _problem(error)
    return FileResponse(path, filename=name, content_disposition_type="attachment")


def _model_file(model_id: str, format: str) -> tuple[Path, str]:
    name = models.file_name(models.model(store(), model_id))
    ending = "" if format == "folder" else f"-{format}"
    return exports.archive(store(), model_id, format), f"{name}{ending}.zip"


def _project_file(project_id: str) -> tuple[Path, str]:
    folder = store().settings.cache / "exports" / projects.get(store(), project_id).id
    folder.mkdir(parents=True, exist_ok=True)
    path = projects.export_project(store(), project_id, folder)
    return path, path.name


def _rejects_file(version_id: str) -> tuple[Path, str]:
    version, path = datasets.version(store(), version_id), datasets.rejects(store(), version_id)
    if path is None:
        raise NotFound("no rows were set aside at this import", remedy="Nothing is missing from the data set.")
    return path, f"{Path(version.name).stem}-set-aside.csv"


def _problem(error: WorkbenchError) -> Response:
    return PlainTextResponse(f"{error}\n", status_code=404 if isinstance(error, NotFound) else 409)
