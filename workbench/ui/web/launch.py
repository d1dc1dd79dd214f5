"""How the server starts: its launch token, its refusal to listen to other machines, the address it prints."""

import logging
import os
import secrets
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import pyarrow
import streamlit as st
from starlette.middleware import Middleware

from workbench.errors import SafetyError, WorkbenchError
from workbench.services import starting
from workbench.ui.opened import store
from workbench.ui.web.guard import Guard, refuse_open_address
from workbench.ui.web.routes import routes

log = logging.getLogger(__name__)

__all__ = ["announce", "middleware", "routes", "token"]


@cache
def token() -> str:
    """The launch token: the one that a launcher handed over in ``WORKBENCH_TOKEN``, or a new one."""
    return os.environ.get("WORKBENCH_TOKEN") or secrets.token_urlsafe(24)


def middleware() -> list[Middleware]:
    """The guard. Ends the process with one sentence if the server would listen to other machines."""
    try:
        refuse_open_address(st.get_option("server.address"))
    except SafetyError as refusal:
        raise SystemExit(str(refusal)) from None
    return [Middleware(Guard, token=token())]


@asynccontextmanager
async def announce(_app: Any) -> AsyncIterator[None]:
    """Let waiting work go on, and print the address with its token, unless a launcher made it and prints it itself."""
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # the usual one keeps 27 MB that nobody here needs again
    threading.Thread(target=_go_on, name="go-on", daemon=True).start()
    if not os.environ.get("WORKBENCH_TOKEN"):
        host, port = st.get_option("server.address"), st.get_option("server.port")
        shown = f"[{host}]" if ":" in host else host
        sys.stdout.write(f"\nThe workbench is at http://{shown}:{port}/?token={token()}\n\n")
        sys.stdout.flush()
    yield


def _go_on() -> None:
    """After a reboot runs wait for a supervisor, whether or not anybody opens their page."""
    try:
        starting.ensure_supervisor(store())
    except WorkbenchError as error:  # every page says what is wrong with the store
        log.warning("%s", error)
