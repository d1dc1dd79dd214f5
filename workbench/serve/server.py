"""The model server: one exported model behind POST /predict, GET /health and GET /metadata.

    python -m workbench.serve.server MODEL_DIR --ready FILE [--host 127.0.0.1] [--port 0] [--idle SECONDS]

It listens on 127.0.0.1; any other address needs a token (case 82). A page of a foreign site cannot use it: the body
must be declared as JSON, which browsers do not send across sites unasked, and Host and Origin must be this server's.
"""

import argparse
import asyncio
import contextlib
import hmac
import ipaddress
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.errors import DataError, SafetyError, ServeError, WorkbenchError
from workbench.serve.predictor import Predictor

TOKEN = "WORKBENCH_SERVE_TOKEN"  # noqa: S105  (the variable's name)


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """How much one request may ask for."""

    rows: int = 1000
    body_bytes: int = 16_000_000


class Refusal(Exception):
    """A request that is answered with a status and what is wrong in it."""

    def __init__(self, status: int, what: str, remedy: str, field: str = "") -> None:
        super().__init__(what)
        self.status, self.what, self.remedy, self.field = status, what, remedy, field


def application(predictor: Predictor, token: str = "", limits: RequestLimits | None = None) -> Starlette:
    """The ASGI application around one loaded model; ``state.last`` holds when it last answered (monotonic)."""
    bounds = limits or RequestLimits()
    one_at_a_time = asyncio.Lock()  # the model's threads already use every core

    async def predict(request: Request) -> Response:
        _admit(request, token)
        records, pictures = _asked(await _body(request, bounds), bounds)
        async with one_at_a_time:
            table = await run_in_threadpool(predictor.predict, records, pictures=pictures)
        request.app.state.last = time.monotonic()
        return JSONResponse({"predictions": table.to_dict(orient="records")})

    async def health(request: Request) -> Response:
        _admit(request, "")
        return JSONResponse({"status": "ok", "model": str(predictor.folder.name)})

    async def metadata(request: Request) -> Response:
        _admit(request, token)
        return JSONResponse(
            {
                "task": predictor.about["task"],
                "columns": dict(predictor.schema.columns),
                "features": list(predictor.schema.features),
                "labels": list(predictor.labels),
                "limits": {"rows": bounds.rows, "body_bytes": bounds.body_bytes},
            }
        )

    routes = [
        Route("/predict", predict, methods=["POST"]),
        Route("/health", health, methods=["GET"]),
        Route("/metadata", metadata, methods=["GET"]),
    ]
    app = Starlette(routes=routes, exception_handlers={Refusal: _refused, DataError: _wrong_row})
    app.state.last = time.monotonic()
    return app


def serve(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str = "",
    started: Callable[[int], None],
    idle: float = 0,
) -> None:
    """Load the model and answer until somebody stops the process, or nobody has asked for ``idle`` seconds.

    ``started`` is told the port when requests are accepted; Ctrl-C ends it in an orderly way. Raises SafetyError
    for an address beyond this machine without a token, ModelError for a damaged folder, ServeError when the port
    is taken.
    """
    check_address(host, token)
    predictor = Predictor(folder)
    with _listening(host, port) as listener:
        app = application(predictor, token)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, server_header=False))
        started(listener.getsockname()[1])
        if idle:
            threading.Thread(target=_stop_when_idle, args=(server, app, idle), daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again after it has closed everything
            server.run(sockets=[listener])


def check_address(host: str, token: str) -> None:
    """Raise SafetyError when ``host`` is reachable from other machines and nothing guards it (case 82)."""
    if not is_loopback(host) and len(token) < 16:
        raise SafetyError(
            "an address that other machines can reach needs a token of at least 16 characters",
            where=f"--host {host}",
            remedy=f"Serve on 127.0.0.1, or set {TOKEN} and send it as 'Authorization: Bearer …'.",
            code="SERVE-82",
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``; a name counts only if it is "localhost"."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _admit(request: Request, token: str) -> None:
    """Refuse foreign pages (DNS rebinding, cross-site requests) and callers without the token."""
    host = request.headers.get("host", "")
    if not token and not is_loopback(urlsplit(f"//{host}").hostname or ""):
        raise Refusal(403, f"the host name '{host}' is not this server's", "Call it as http://127.0.0.1.")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        raise Refusal(403, "a page of another site may not use this server", "Call it from a program.")
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise Refusal(401, "the token is missing or wrong", "Send 'Authorization: Bearer …'.")


async def _body(request: Request, limits: RequestLimits) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "the body is not declared as JSON", "Send 'Content-Type: application/json'.")
    received = bytearray()
    async for part in request.stream():
        received += part
        if len(received) > limits.body_bytes:
            raise Refusal(413, f"the body is larger than {limits.body_bytes / 1e6:g} MB", "Send fewer rows at once.")
    return bytes(received)


def _asked(body: bytes, limits: RequestLimits) -> tuple[list[Any], bool]:
    """The rows of a request, and whether it wants pictures too."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is not JSON", 'Send {"rows": [{"column": "value"}]}.') from None
    records = content.get("rows") if isinstance(content, Mapping) else None
    if not isinstance(records, list) or not records:
        what = "'rows' must be a list with at least one row"
        raise Refusal(422, what, 'Send {"rows": [{"column": "value"}]}.', field="rows")
    if len(records) > limits.rows:
        raise Refusal(413, f"{len(records)} rows at once are too many", f"Send at most {limits.rows}.", field="rows")
    return records, content.get("pictures") is True


async def _refused(_request: Request, error: Exception) -> Response:
    refusal = error if isinstance(error, Refusal) else Refusal(500, str(error), "")
    content = {"what": refusal.what, "where": refusal.field, "remedy": refusal.remedy}
    return JSONResponse({"error": content}, status_code=refusal.status)


async def _wrong_row(_request: Request, error: Exception) -> Response:
    content = {key: getattr(error, key, "") for key in ("what", "where", "remedy", "code")}
    return JSONResponse({"error": content}, status_code=422)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name != "nt":  # there the option lets two servers share one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(64)
    except OSError as error:
        listener.close()
        raise ServeError(
            f"the port cannot be used ({error.strerror})", where=f"{host}:{port}", remedy="Choose another --port."
        ) from None
    return listener


def _announce(ready: Path, port: int) -> None:
    partial = ready.with_suffix(".partial")
    partial.write_text(json.dumps({"port": port, "pid": os.getpid()}), encoding="utf-8")
    partial.replace(ready)


def _stop_when_idle(server: uvicorn.Server, app: Starlette, idle: float) -> None:
    while time.monotonic() - app.state.last < idle:
        time.sleep(min(idle, 5))
    server.should_exit = True


def main(arguments: list[str] | None = None) -> int:
    """The process's entry point; a user's mistake is one line and exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m workbench.serve.server")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ready", type=Path, required=True)
    parser.add_argument("--idle", type=float, default=0)
    options = parser.parse_args(arguments)
    try:
        serve(
            options.folder,
            host=options.host,
            port=options.port,
            token=os.environ.get(TOKEN, ""),
            started=lambda port: _announce(options.ready, port),
            idle=options.idle,
        )
    except WorkbenchError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
