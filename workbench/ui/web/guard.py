"""Who may speak to the server: this machine's browser, with the launch token, from the page's own origin.

Without it a page of another local port could open the WebSocket, a foreign name that resolves to this machine
could read everything (DNS rebinding), and files would be served to anybody who knows their address.
"""

import hmac
import ipaddress
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.errors import SafetyError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
OPEN_PATHS = frozenset({"/_stcore/health"})  # says "ok" to the launcher, nothing else

# Streamlit's own frontend needs inline styles, and evaluates the code of components that it was handed as text.
# Nothing may come from another machine: an image address in a table's cell is never fetched.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
}


def refuse_open_address(address: str | None) -> None:
    """Raise SafetyError unless ``address`` is this machine's own: there is no login that could guard another."""
    if address is not None and _is_loopback(address):
        return
    shown = address or "every address of this machine"
    raise SafetyError(
        f"the workbench would listen on {shown} and has no login",
        where="server.address",
        remedy="Use --server.address 127.0.0.1; from another machine, forward the port through ssh.",
        code="SAFE-82",
    )


def cookie_name(port: str) -> str:
    """Cookies do not know ports; so that two workbenches on one machine do not overwrite each other's."""
    return f"workbench_{port}"


class Guard:
    """Pure ASGI middleware for HTTP and WebSocket.

    A request passes when its Host is a loopback name, its Origin (if it has one; a WebSocket must) is exactly this
    server, and it carries the launch token: once in the address, which is answered by a redirect to the same
    address without it, from then on in a cookie.
    """

    def __init__(self, app: ASGIApp, *, token: str, hosts: frozenset[str] = LOOPBACK) -> None:
        self.app = app
        self.token = token
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        refusal = self._refusal(scope)
        if refusal:
            return await _deny(scope, receive, send, refusal)
        if scope["path"] not in OPEN_PATHS:
            given = dict(parse_qsl(_query(scope))).get("token")
            known = self._is_token(_cookie(scope, cookie_name(_port(scope))))
            if given is not None and scope["type"] == "http" and (known or self._is_token(given)):
                return await self._welcome(scope, send)
            if not known:
                return await _deny(scope, receive, send, "this address needs the launch token")
        return await self.app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> str:
        """Why this request is refused whatever it carries; empty if it is not."""
        server = scope.get("server")
        if server and not _is_loopback(server[0]):
            return "the workbench answers on this machine only"
        hosts, origins = _headers(scope, b"host"), _headers(scope, b"origin")
        if len(hosts) != 1 or _hostname(hosts[0]) not in self.hosts:
            return "unknown host name"
        own = f"{scope['scheme'].replace('ws', 'http')}://{hosts[0]}"
        if any(origin != own for origin in origins) or (scope["type"] == "websocket" and not origins):
            return "this request comes from another page"
        site, mode = _headers(scope, b"sec-fetch-site"), _headers(scope, b"sec-fetch-mode")
        if site and site[0] not in ("same-origin", "none") and mode != ["navigate"]:
            return "this request comes from another page"
        return ""

    def _is_token(self, given: str | None) -> bool:
        return given is not None and hmac.compare_digest(given.encode(), self.token.encode())

    async def _welcome(self, scope: Scope, send: Send) -> None:
        """Keep the token in a cookie and send the browser to the same address without it."""
        rest = [(key, value) for key, value in parse_qsl(_query(scope), keep_blank_values=True) if key != "token"]
        path = "/" + quote(scope["path"].lstrip("/"))  # never "//elsewhere", which would leave this server
        location = path + (f"?{urlencode(rest)}" if rest else "")
        cookie = f"{cookie_name(_port(scope))}={self.token}; HttpOnly; SameSite=Lax; Path=/"
        headers = [(b"location", location.encode()), (b"set-cookie", cookie.encode()), (b"cache-control", b"no-store")]
        await _with_headers(send)({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


async def _deny(scope: Scope, receive: Receive, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    body = (
        f"Not opened: {reason}.\n\nUse the address that the workbench printed when it started; it ends in ?token=…\n"
    ).encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await _with_headers(send)({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in SECURITY_HEADERS]
            message = {**message, "headers": [*kept, *SECURITY_HEADERS.items()]}
        await send(message)

    return sending


def _headers(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _query(scope: Scope) -> str:
    query: bytes = scope.get("query_string", b"")
    return query.decode("latin-1")


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _port(scope: Scope) -> str:
    return _headers(scope, b"host")[0].rpartition(":")[2]


def _cookie(scope: Scope, name: str) -> str | None:
    for header in _headers(scope, b"cookie"):
        try:
            cookies = SimpleCookie(header)
        except CookieError:
            continue
        if name in cookies:
            return cookies[name].value
    return None


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
