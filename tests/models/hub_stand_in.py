"""The part of the Hub's HTTP interface that the workbench uses, served from folders on this machine."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Repositories by name; ``asked`` keeps what was requested, ``damage`` names files that arrive changed."""

    def __init__(self, repositories: dict[str, Path]) -> None:
        self.repositories = repositories
        self.asked: list[str] = []
        self.damage: set[str] = set()
        self.gated: set[str] = set()

    def info(self, name: str) -> dict:
        folder = self.repositories[name]
        files = sorted(path for path in folder.iterdir() if path.is_file())
        config = json.loads((folder / "config.json").read_text())
        return {
            "_id": "1",
            "id": name,
            "modelId": name,
            "sha": SHA,
            "private": False,
            "gated": False,
            "downloads": 1234,
            "likes": 1,
            "tags": ["transformers", "safetensors", config["model_type"], "license:apache-2.0"],
            "cardData": {"license": "apache-2.0", "language": ["en", "de"]},
            "config": {"model_type": config["model_type"]},
            "safetensors": {"parameters": {"F32": 5000}, "total": 5000},
            "siblings": [
                {
                    "rfilename": path.name,
                    "size": path.stat().st_size,
                    "blobId": "x",
                    **({"lfs": _lfs(path)} if path.suffix == ".safetensors" else {}),
                }
                for path in files
            ],
        }


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The address of a hub that answers until the block ends."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            hub.asked.append(self.path)
            parts = address.path.strip("/").split("/")
            if address.path == "/api/models":
                words = parse_qs(address.query)["search"][0].lower()
                self._json([hub.info(name) for name in hub.repositories if words in name.lower()])
            elif parts[:2] == ["api", "models"] and len(parts) >= 4:
                name = "/".join(parts[2:4])
                if name in hub.gated:
                    self._json({"error": "gated"}, 403, [("X-Error-Code", "GatedRepo")])
                elif name in hub.repositories:
                    self._json(hub.info(name))
                else:
                    self._json({"error": "not found"}, 401, [("X-Error-Code", "RepoNotFound")])
            elif len(parts) == 5 and parts[2] == "resolve":
                self._file(hub.repositories["/".join(parts[:2])] / parts[4])
            else:
                self._json({"error": "unknown"}, 404)

        do_HEAD = do_GET

        def _file(self, path: Path) -> None:
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            if path.name in hub.damage:
                content = content[:-1] + bytes([content[-1] ^ 1])
            self.send_response(200)
            for name, value in (("ETag", f'"{digest}"'), ("X-Repo-Commit", SHA), ("Content-Length", len(content))):
                self.send_header(name, str(value))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def _json(self, content: object, status: int = 200, headers: list[tuple[str, str]] | None = None) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, value in [("Content-Type", "application/json"), ("Content-Length", len(body)), *(headers or [])]:
                self.send_header(name, str(value))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _lfs(path: Path) -> dict:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 100}
