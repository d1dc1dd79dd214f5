"""The part of the Hub's HTTP interface that data sets need, served from folders on this machine."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Data sets by name, each a folder; ``asked`` keeps what was requested, ``damaged`` names what arrives changed."""

    def __init__(self, repositories):
        self.repositories = repositories
        self.asked, self.damaged, self.gated, self.busy = [], set(), set(), set()

    def info(self, name):
        folder = self.repositories[name]
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        siblings = [
            {"rfilename": path.relative_to(folder).as_posix(), "size": path.stat().st_size, **_lfs(path)}
            for path in files
        ]
        about = {"id": name, "sha": SHA, "private": False, "tags": ["license:cc-by-4.0"], "downloads": 1, "likes": 1}
        return {**about, "siblings": [*siblings, {"rfilename": "../../evil.parquet", "size": 1}]}


def _lfs(path):
    if path.suffix != ".parquet":
        return {}
    content = path.read_bytes()
    return {"lfs": {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 100}}


@contextmanager
def serving(hub):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            path = unquote(urlsplit(self.path).path)
            hub.asked.append(path)
            parts = path.strip("/").split("/")
            name = "/".join(parts[2:4]) if parts[0] == "api" else "/".join(parts[1:3])
            if name in hub.busy:
                self.say({}, 503)
            elif name in hub.gated:
                self.say({"error": "gated"}, 403, {"X-Error-Code": "GatedRepo"})
            elif name not in hub.repositories:
                self.say({"error": "not found"}, 401, {"X-Error-Code": "RepoNotFound"})
            elif parts[0] == "api":
                self.say(hub.info(name))
            else:
                self.give(hub.repositories[name] / "/".join(parts[5:]))

        do_HEAD = do_GET

        def give(self, path):
            content = path.read_bytes()
            etag = hashlib.sha256(content).hexdigest()
            if path.name in hub.damaged:
                content = content[:-1] + bytes([content[-1] ^ 1])
            self.say(content, 200, {"ETag": f'"{etag}"', "X-Repo-Commit": SHA})

        def say(self, content, status=200, headers=None):
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Length": len(body), **(headers or {})}.items():
                self.send_header(name, str(value))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_):
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
