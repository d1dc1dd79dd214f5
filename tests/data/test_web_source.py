"""Case 78: a file is fetched from public machines only, whatever address, redirect or name server says."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from workbench.data.sources import web_source
from workbench.errors import DataError

PUBLIC = "93.184.215.14"


class StandIn:
    """A web server on this machine that a test's connector leads to, and what it was asked."""

    def __init__(self, answers):
        self.answers = answers  # path: bytes of the whole answer, or a function that writes it
        self.asked, self.reached, self.listener = [], [], socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                channel, _ = self.listener.accept()
            except OSError:
                return
            with channel, channel.makefile("rb") as file:
                path = file.readline().split()[1].decode()
                headers = b"".join(iter(file.readline, b"\r\n")).decode()
                self.asked.append((path, headers))
                answer = self.answers[path]
                try:
                    answer(channel) if callable(answer) else channel.sendall(answer)
                except OSError:
                    continue

    def connect(self, address, host, seconds):
        self.reached.append((address, host))
        return socket.create_connection(self.listener.getsockname(), timeout=seconds)


def ok(body, *headers):
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def moved(to, status=302):
    return f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


@contextmanager
def standing(answers):
    server = StandIn(answers)
    try:
        yield server
    finally:
        server.listener.close()


def fetch(server, address, to, *, names=None, limit=10_000, seconds=5.0):
    known = {"data.example": [PUBLIC], **(names or {})}
    return web_source.fetch(
        address, to, limit=limit, seconds=seconds, resolve=lambda host: known[host], connect=server.connect
    )


def refused(server, address, to, **rest):
    with pytest.raises(DataError) as caught:
        fetch(server, address, to, **rest)
    assert caught.value.code == "WEB-78" and caught.value.remedy and not to.exists()
    return str(caught.value)


def test_a_file_arrives_whole_and_bears_its_name(tmp_path):
    with standing({"/d%C3%A4ta/reviews.csv?v=1": ok(b"text,label\n", "Content-Type: image/png")}) as server:
        found = fetch(server, "https://data.example/däta/reviews.csv?v=1", tmp_path / "x")
        assert found.path.read_bytes() == b"text,label\n" and found.name == "reviews.csv"
        assert server.reached == [(PUBLIC, "data.example")]
        (_, headers) = server.asked[0]
        assert "Host: data.example\r\n" in headers and "Cookie" not in headers and "Authorization" not in headers


def test_case_78_redirects_are_followed_and_every_hop_is_looked_up(tmp_path):
    names = {"cdn.example": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c"]}
    answers = {"/a": moved("/b", 301), "/b": moved("https://cdn.example/c.csv"), "/c.csv": ok(b"a,b\n")}
    with standing(answers) as server:
        found = fetch(server, "https://data.example/a", tmp_path / "x", names=names)
        assert found.name == "c.csv" and found.address == "https://data.example/a"
        assert [host for _, host in server.reached] == ["data.example", "data.example", "cdn.example"]


@pytest.mark.parametrize(
    "to",
    [
        "https://inner.example/",
        "http://data.example/plain",
        "https://127.0.0.1/",
        "file:///etc/passwd",
        "//inner.example/",
        "https://user:pw@data.example/",
        "https://data.example:8443/",
        "https://data.example\\@inner.example/",
        "",
    ],
)
def test_case_78_a_redirect_to_somewhere_else_is_refused(tmp_path, to):
    names = {"inner.example": ["10.1.2.3"], "127.0.0.1": ["127.0.0.1"]}
    with standing({"/": moved(to)}) as server:
        assert refused(server, "https://data.example/", tmp_path / "x", names=names)
        assert {address for address, _ in server.reached} == {PUBLIC}


def test_case_78_redirects_end_after_five(tmp_path):
    with standing({f"/{hop}": moved(f"/{hop + 1}") for hop in range(9)}) as server:
        assert "more than 5 times" in refused(server, "https://data.example/0", tmp_path / "x")
        assert len(server.reached) == 6


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254"),
        *("100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1"),
        *("::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "::7f00:1"),
        *("64:ff9b:1::1", "2001:db8::1", "5f00::1", "100::1", "not an address", ""),
    ],
)
def test_case_78_only_public_addresses_are_called(tmp_path, address):
    assert not web_source.is_public(address)
    with standing({}) as server:
        for found in ([address], [PUBLIC, address], [address, PUBLIC]):
            message = refused(server, "https://data.example/", tmp_path / "x", names={"data.example": found})
            assert "is not public" in message
        assert server.reached == []


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e"])
def test_public_addresses_are(address):
    assert web_source.is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "017700000001"])
def test_case_78_this_machine_is_never_called_however_it_is_written(tmp_path, host):
    """With the machine's own name look-up."""
    reached = []
    with pytest.raises(DataError) as caught:
        web_source.fetch(f"https://{host}/", tmp_path / "x", limit=1, seconds=1, connect=lambda *to: reached.append(to))
    assert caught.value.code == "WEB-78" and reached == []


def test_case_78_a_name_that_changes_its_meaning_is_called_where_it_was_checked(tmp_path):
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    with standing({"/": ok(b"a\n")}) as server:
        web_source.fetch(
            "https://data.example/",
            tmp_path / "x",
            limit=10,
            seconds=5,
            resolve=lambda _: next(answers),
            connect=server.connect,
        )
        assert server.reached == [(PUBLIC, "data.example")]


@pytest.mark.parametrize(
    "address",
    [
        *("http://data.example/", "ftp://data.example/", "file:///etc/passwd", "data.example", "//data.example", ""),
        *(
            "https://",
            "https://user@data.example/",
            "https://data.example:80/",
            "https://data.example:x/",
            "https://@/",
        ),
        *("https://data.example/\r\nHost: x", "https://data.example\\x", "https://[::1", "https://da ta.example/"),
        "https://" + "a" * 300 + ".example/",
    ],
)
def test_case_78_other_addresses_are_refused_before_anything_is_looked_up(tmp_path, address):
    with standing({}) as server:
        refused(server, address, tmp_path / "x", names=None)
        assert server.reached == []


def test_the_size_is_limited_whatever_the_server_says(tmp_path):
    def endless(channel):
        channel.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            channel.sendall(b"x" * 1000)

    with standing({"/big": ok(b"x" * 20_000), "/endless": endless}) as server:
        for path in ("big", "endless"):
            message = refused(server, f"https://data.example/{path}", tmp_path / "x", limit=5_000)
            assert "WORKBENCH_MAX_DOWNLOAD_BYTES" in message


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"])
def test_the_time_is_limited_even_while_bytes_drip(tmp_path, beginning):
    def drip(channel):
        channel.sendall(beginning)
        while True:
            channel.sendall(b"x")
            time.sleep(0.05)

    with standing({"/": drip}) as server:
        began = time.monotonic()
        message = refused(server, "https://data.example/", tmp_path / "x", seconds=0.6)
        assert time.monotonic() - began < 5 and "0.6 seconds" in message


def test_what_breaks_off_or_fails_is_said(tmp_path):
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"
    answers = {"/short": short, "/none": b"HTTP/1.1 404 Not Found\r\n\r\n", "/odd": b"SSH-2.0-OpenSSH\r\n"}
    with standing(answers) as server:
        assert "3 of 100 bytes" in refused(server, "https://data.example/short", tmp_path / "x")
        assert "status 404" in refused(server, "https://data.example/none", tmp_path / "x")
        assert "connection failed" in refused(server, "https://data.example/odd", tmp_path / "x")


def test_a_host_that_is_not_there_is_said(tmp_path):
    def unknown(_):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(DataError, match=r"data\.example: the host is not found"):
        web_source.fetch("https://data.example/", tmp_path / "x", limit=1, seconds=1, resolve=unknown)
