"""The guard, asked by real requests: who gets in, and who does not."""

import http.client
import os
import subprocess
import sys

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.serving import TOKEN, serving
from workbench.errors import SafetyError
from workbench.services import datasets, projects
from workbench.services.workbench import open_workbench
from workbench.settings import ROOT, Settings
from workbench.ui.web.guard import refuse_open_address


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("guard") / "store") as served:
        yield served


def ask(web, path="/", **headers):
    """One request; header names are written with underscores."""
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.body = answer.read()
    connection.close()
    return answer


def open_socket(web, **options):
    return connect(f"ws://127.0.0.1:{web.port}/_stcore/stream", proxy=None, open_timeout=10, **options)


def test_without_the_token_nothing_is_served(web):
    for path in (
        "/",
        "/train?project=x",
        "/api/metrics?run=x",
        "/download/model/x",
        "/media/x",
        "/app/static/icon.svg",
    ):
        answer = ask(web, path)
        assert answer.status == 403, path
        assert b"token" in answer.body


def test_the_health_of_the_server_is_open_to_its_launcher(web):
    assert ask(web, "/_stcore/health").status == 200


@pytest.mark.parametrize("wrong", ["", "wrong", TOKEN + "x", "%F0%9F%94%91", "é"])
def test_a_wrong_token_does_not_open(web, wrong):
    assert ask(web, f"/?token={wrong}".encode("latin-1").decode("latin-1").replace("é", "%E9")).status == 403


def test_the_token_becomes_a_cookie_and_leaves_the_address(web):
    answer = ask(web, f"/train?project=p%201&token={TOKEN}&run=")
    assert answer.status == 303
    assert answer.headers["location"] == "/train?project=p+1&run="
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"workbench_{web.port}={TOKEN};")
    assert "HttpOnly" in cookie and "SameSite" in cookie
    assert ask(web, "/train", Cookie=web.cookie).status == 200


def test_a_redirect_never_leaves_the_server(web):
    assert ask(web, f"//elsewhere.example/x?token={TOKEN}").headers["location"] == "/elsewhere.example/x"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::1", "localhost@evil"]
)
def test_a_foreign_host_is_refused_whatever_it_carries(web, host):
    assert ask(web, "/", Host=host, Cookie=f"{web.cookie}; workbench_80={TOKEN}").status in (400, 403)


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null", "https://127.0.0.1:{port}"])
def test_a_foreign_origin_is_refused_with_the_right_cookie(web, origin):
    assert ask(web, "/", Cookie=web.cookie, Origin=origin.format(port=web.port)).status == 403


def test_the_own_origin_is_welcome(web):
    assert ask(web, "/", Cookie=web.cookie, Origin=web.origin).status == 200


def test_a_page_of_another_port_cannot_embed_anything(web):
    answer = ask(web, "/assets/plotly.min.js", Cookie=web.cookie, Sec_Fetch_Site="same-site", Sec_Fetch_Mode="no-cors")
    assert answer.status == 403


def test_every_answer_carries_the_security_headers(web):
    for answer in (ask(web, "/"), ask(web, "/", Cookie=web.cookie), ask(web, f"/?token={TOKEN}")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "same-origin"


def test_a_websocket_opens_for_the_own_page_only(web):
    with open_socket(web, origin=web.origin, additional_headers={"Cookie": web.cookie}):
        pass
    refused = [
        {"origin": web.origin},
        {"origin": "http://evil.example", "additional_headers": {"Cookie": web.cookie}},
        {"origin": "http://127.0.0.1:1", "additional_headers": {"Cookie": web.cookie}},
        {"additional_headers": {"Cookie": web.cookie}},
        {"origin": web.origin, "additional_headers": {"Cookie": "workbench_1=" + TOKEN}},
    ]
    for options in refused:
        with pytest.raises(InvalidStatus) as refusal, open_socket(web, **options):
            pass
        assert refusal.value.response.status_code == 403


def test_dns_rebinding_does_not_open_a_websocket(web):
    headers = {"Cookie": f"{web.cookie}; workbench_{web.port}={TOKEN}", "Host": f"evil.example:{web.port}"}
    with (
        pytest.raises(InvalidStatus) as refusal,
        open_socket(web, origin=f"http://evil.example:{web.port}", additional_headers=headers),
    ):
        pass
    assert refusal.value.response.status_code in (400, 403)


def test_curves_and_models_that_are_not_there_say_so_plainly(web):
    for path in ("/api/metrics?run=none", "/download/model/none", "/download/project/none", "/download/rejects/none"):
        answer = ask(web, path, Cookie=web.cookie)
        assert answer.status == 404
        assert b"deleted" in answer.body
        assert b"Traceback" not in answer.body


def test_a_project_and_rows_that_were_set_aside_are_downloaded(web):
    store = open_workbench(Settings(web.home))
    project = projects.create(store, "Downloads \u00e9")
    rows = "text,label\n" + "".join(f"song {n} of many,{'good' if n % 2 else 'bad'}\n" for n in range(20)) + "short\n"
    version = datasets.import_text(store, project.id, rows, name="songs.csv", set_aside=True)
    store.close()
    exported = ask(web, f"/download/project/{project.id}", Cookie=web.cookie)
    assert exported.status == 200
    assert exported.headers["content-disposition"].startswith("attachment")
    assert exported.body[:2] == b"PK"
    aside = ask(web, f"/download/rejects/{version.id}", Cookie=web.cookie)
    assert aside.status == 200
    assert b"short" in aside.body


def test_the_chart_library_comes_from_this_machine(web):
    answer = ask(web, "/assets/plotly.min.js", Cookie=web.cookie)
    assert answer.status == 200
    assert len(answer.body) > 1_000_000


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.168.1.7", "example.org"])
def test_case_82_other_addresses_are_refused_without_a_login(address):
    with pytest.raises(SafetyError, match="no login"):
        refuse_open_address(address)


def test_case_82_the_server_does_not_start_on_another_address(tmp_path):
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "0.0.0.0", "--server.port", "0"]
    environment = {**os.environ, "WORKBENCH_HOME": str(tmp_path / "store")}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert "SAFE-82" in ended.stderr and "127.0.0.1" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout


def test_streamlit_run_prints_the_address_with_its_token(tmp_path):
    environment = {**os.environ, "WORKBENCH_HOME": str(tmp_path / "store")}
    environment.pop("WORKBENCH_TOKEN", None)
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as web:
        printed = next(line for line in web.stdout if "token=" in line)
        web.terminate()
    assert printed.startswith("The workbench is at http://127.0.0.1:")
    assert len(printed.strip().partition("token=")[2]) >= 32
