"""The routes by which a large file comes in pieces (Streamlit's own uploader would hold all of it in memory)."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from workbench.errors import NotFound, WorkbenchError
from workbench.services import uploads
from workbench.ui.opened import store

ADDRESS = "/api/upload"


def routes() -> list[Route]:
    return [
        Route(ADDRESS, _begin, methods=["POST"]),
        Route(ADDRESS + "/{id}", _add, methods=["PUT"]),
        Route(ADDRESS + "/{id}", _cancel, methods=["DELETE"]),
    ]


async def _begin(request: Request) -> Response:
    """Answer the id under which a file of ``?size=`` bytes may come."""
    try:
        id = await run_in_threadpool(uploads.begin, store(), _number(request, "size"))
    except WorkbenchError as error:
        return _refused(error)
    return JSONResponse({"id": id})


async def _add(request: Request) -> Response:
    """Take the piece that begins at ``?offset=``; answer how much is here."""
    piece = bytearray()
    async for some in request.stream():
        piece += some
        if len(piece) > uploads.PIECE:
            return PlainTextResponse("this piece is too large\n", status_code=413)
    try:
        there = await run_in_threadpool(
            uploads.add, store(), request.path_params["id"], _number(request, "offset"), bytes(piece)
        )
    except WorkbenchError as error:
        return _refused(error)
    except OSError as error:
        return PlainTextResponse(f"The disk did not take it ({error.strerror or error}).\n", status_code=507)
    return JSONResponse({"there": there})


async def _cancel(request: Request) -> Response:
    await run_in_threadpool(uploads.cancel, store(), request.path_params["id"])
    return Response(status_code=204)


def _number(request: Request, name: str) -> int:
    """A whole number of the query; -1, which fits nothing, where there is none."""
    given = request.query_params.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 16 else -1


def _refused(error: WorkbenchError) -> Response:
    return PlainTextResponse(f"{error}\n", status_code=404 if isinstance(error, NotFound) else 409)
