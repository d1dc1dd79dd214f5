"""The routes of large uploads: pieces in, a file out, plain refusals; nobody without the token gets anywhere."""

import http.client
import json

import pytest

from tests.serving import serving
from workbench.services import uploads


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("uploads") / "store", WORKBENCH_MAX_LARGE_UPLOAD_BYTES="20000000") as served:
        yield served


def ask(web, method, path, body=b"", *, cookie=True, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, {"Cookie": web.cookie, **headers} if cookie else headers)
    answer = connection.getresponse()
    answer.body = answer.read()
    connection.close()
    return answer


def begin(web, size):
    answer = ask(web, "POST", f"/api/upload?size={size}")
    assert answer.status == 200, answer.body
    return json.loads(answer.body)["id"]


def test_a_file_comes_in_pieces(web):
    content = bytes(range(256)) * 65_536  # 16 MiB
    id = begin(web, len(content))
    for offset in range(0, len(content), uploads.PIECE):
        answer = ask(web, "PUT", f"/api/upload/{id}?offset={offset}", content[offset : offset + uploads.PIECE])
        assert json.loads(answer.body) == {"there": offset + uploads.PIECE}
    assert (web.home / "uploads" / id).read_bytes() == content
    assert ask(web, "DELETE", f"/api/upload/{id}").status == 204
    assert not (web.home / "uploads" / id).exists()


def test_what_does_not_fit_is_refused_in_plain_words(web):
    answer = ask(web, "POST", "/api/upload?size=20000001")
    assert answer.status == 409 and b"20,000,001 bytes; the limit is 20,000,000" in answer.body
    assert ask(web, "POST", "/api/upload?size=-4").status == 409
    assert ask(web, "POST", "/api/upload").status == 409
    id = begin(web, 100)
    assert ask(web, "PUT", f"/api/upload/{id}?offset=90", b"x").status == 409
    assert ask(web, "PUT", f"/api/upload/{id}?offset=0", b"x" * 101).status == 409
    assert ask(web, "PUT", f"/api/upload/{'0' * 32}?offset=0", b"x").status == 404
    assert ask(web, "PUT", f"/api/upload/{id}?offset=0", b"x" * (uploads.PIECE + 1)).status == 413


def test_another_page_or_program_cannot_upload(web):
    assert ask(web, "POST", "/api/upload?size=10", cookie=False).status == 403
    assert ask(web, "POST", "/api/upload?size=10", Origin="http://evil.example").status == 403
    assert ask(web, "POST", "/api/upload?size=10", Origin=web.origin, Sec_Fetch_Site="cross-site").status == 403
