"""A file at an https address: fetched from public machines only, each looked up once and called at what was found.

The name is resolved once a hop, every address that it has must be public, and the connection goes to one of those
addresses, not to the name again: neither a redirect nor a name that changes its meaning leads into a private network.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

from workbench.errors import DataError

Resolve = Callable[[str], Sequence[str]]  # a host's addresses
Connect = Callable[[str, str, float], socket.socket]  # to an address, as the host of that name, within seconds
Progress = Callable[[str, float | None], None]

HOPS = 5  # redirects that are followed
_PATIENCE = 15.0  # seconds without a byte
_CHUNK = 1 << 16
_REDIRECTS = (301, 302, 303, 307, 308)
_CODE = "WEB-78"
_UNICAST = ipaddress.IPv6Network("2000::/3")
_SPECIAL = (  # public by their numbers, yet a cloud's own doors to its machines
    ipaddress.IPv4Network("168.63.129.16/32"),
    ipaddress.IPv4Network("192.0.0.0/24"),
)
_SAFE = "/%:@!$&'()*+,;=~-._?"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched: where it lies, what it is called, and the address that was asked for."""

    path: Path
    name: str
    address: str


def fetch(
    address: str,
    to: Path,
    *,
    limit: int,
    seconds: float,
    progress: Progress | None = None,
    resolve: Resolve | None = None,
    connect: Connect | None = None,
) -> Fetched:
    """Write what is at ``address`` to the file ``to``: at most ``limit`` bytes, within ``seconds``.

    ``resolve`` and ``connect`` are for tests. Raises DataError, and then no file is left behind.
    """
    end = time.monotonic() + seconds
    hop = address.strip()
    for _ in range(HOPS + 1):
        host, path = parse(hop)
        found = _public(host, resolve or _addresses)
        channel = _reach(found[0], host, min(_PATIENCE, seconds), connect or _connect)
        watch = threading.Timer(max(0.0, end - time.monotonic()), _hang_up, [channel])
        watch.start()
        try:
            answer = _ask(channel, host, path)
            if answer.status not in _REDIRECTS:
                _write(answer, to, host, limit, progress, end)
                return Fetched(to, _name(hop, host), address.strip())
            hop = urljoin(f"https://{host}{path}", answer.headers.get("Location") or "")
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            late = time.monotonic() >= end
            what = f"fetching took more than {seconds:g} seconds" if late else f"the connection failed ({_said(error)})"
            raise _refused(what, host, "Try again, or fetch the file yourself and choose it here.") from None
        finally:
            watch.cancel()
            channel.close()
    raise _refused(f"the address leads on and on, more than {HOPS} times", address, "Give the address it ends at.")


def parse(address: str) -> tuple[str, str]:
    """Host and path of an address that may be fetched at all. Raises DataError for every other."""
    remedy = "Write it as https://host/path, without user, password or port."
    if any(character <= " " or character in "\\\x7f" for character in address):
        raise _refused("an address holds no spaces, backslashes or control characters", "", remedy)
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        host = host if ":" in host else host.encode("idna").decode().rstrip(".")
    except (ValueError, UnicodeError):
        raise _refused("this is no web address", "", remedy) from None
    if parts.scheme.lower() != "https":
        raise _refused(f"only https addresses are fetched, not '{parts.scheme[:20]}'", host, remedy)
    if not host or "@" in parts.netloc or port not in (None, 443):
        raise _refused("an address must not carry a user, a password or a port", host, remedy)
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    return host, path


def is_public(address: str) -> bool:
    """Is this an address of the open internet, and of no machine in it that is special?"""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # "fe80::1%eth0" is one of a link
        return False
    if not found.is_global or found.is_multicast or found.is_reserved:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in _SPECIAL)
    carries_another = found.ipv4_mapped or found.sixtofour or found.teredo
    return found in _UNICAST and not carries_another


def _public(host: str, resolve: Resolve) -> Sequence[str]:
    try:
        found = resolve(host)
    except OSError as error:
        raise _refused(f"the host is not found ({_said(error)})", host, "Check the address and the network.") from None
    private = next((address for address in found if not is_public(address)), None)
    if private is None and found:
        return found
    what = f"the host's address '{private}' is not public" if found else "the host has no address"
    raise _refused(what, host, "Files of this machine and its network are chosen as files, not fetched.")


def _addresses(host: str) -> list[str]:
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _reach(address: str, host: str, seconds: float, connect: Connect) -> socket.socket:
    try:
        return connect(address, host, seconds)
    except OSError as error:
        raise _refused(
            f"the host cannot be reached ({_said(error)})", host, "Check the address and the network."
        ) from None


def _connect(address: str, host: str, seconds: float) -> socket.socket:
    """A channel to the address whose other end proves, by its certificate, to be the host of that name."""
    plain = socket.create_connection((address, 443), timeout=seconds)
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


def _hang_up(channel: socket.socket) -> None:
    """Wake whoever waits for this channel."""
    try:
        channel.shutdown(socket.SHUT_RDWR)
    except OSError:
        channel.close()


def _ask(channel: socket.socket, host: str, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(f"[{host}]" if ":" in host else host)
    connection.auto_open = 0  # this channel or none
    connection.sock = channel
    plain = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "ai-workbench", "Connection": "close"}
    connection.request("GET", path, headers=plain)
    return connection.getresponse()


def _write(
    answer: http.client.HTTPResponse, to: Path, host: str, limit: int, progress: Progress | None, end: float
) -> None:
    if answer.status != 200:
        raise _refused(f"the server answered with status {answer.status}", host, "Open the address in a browser first.")
    length = answer.length
    if length is not None and length > limit:
        raise _too_large(host, limit)
    done = 0
    try:
        with to.open("wb") as file:
            while chunk := answer.read1(_CHUNK):
                done += len(chunk)
                if done > limit:
                    raise _too_large(host, limit)
                file.write(chunk)
                if progress:
                    progress(f"Fetching from {host} ({done / 1e6:.1f} MB)", done / length if length else None)
        if time.monotonic() >= end:  # the channel was hung up, which looks like the end of a file
            raise TimeoutError
        if length is not None and done < length:
            what = f"only {done:,} of {length:,} bytes arrived"
            raise _refused(what, host, "Nothing was imported. Try again.")
    except BaseException:
        to.unlink(missing_ok=True)
        raise


def _name(address: str, host: str) -> str:
    last = unquote(urlsplit(address).path).rstrip("/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[-200:] or host


def _too_large(host: str, limit: int) -> DataError:
    what = f"the file has more than {limit / 1e6:,.0f} MB"
    return _refused(what, host, "Raise WORKBENCH_MAX_DOWNLOAD_BYTES, or bring a smaller file.")


def _said(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(reason).split())[:160]


def _refused(what: str, where: str, remedy: str) -> DataError:
    return DataError(what, where=where[:200], remedy=remedy, code=_CODE)
