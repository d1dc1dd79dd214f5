"""The model server as a real process: asked over HTTP, refusing what it must, found again and stopped."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from workbench.errors import DataError, SafetyError, ServeError
from workbench.serve import process, server
from workbench.settings import ROOT


@pytest.fixture(scope="module")
def running(model, tmp_path_factory):
    started = process.start(model, tmp_path_factory.mktemp("log") / "server.log")
    yield started
    process.stop(started)


def call(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {"Content-Type": "application/json"} | {key.replace("_", "-"): value for key, value in headers.items()}
    connection.request(method, path, body if isinstance(body, (bytes, type(None))) else json.dumps(body), sent)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, json.loads(content)


def test_it_answers_rows_with_labels_and_probabilities(running):
    status, answer = call(running.port, "POST", "/predict", {"rows": [{"message": "free prize"}, {"message": ""}]})
    assert status == 200
    assert [set(row) for row in answer["predictions"]] == [
        {"prediction", "confidence", "probability_ham", "probability_spam"}
    ] * 2
    (again,) = process.ask(running.port, [{"message": "free prize"}])
    assert again["prediction"] == answer["predictions"][0]["prediction"]
    assert again["confidence"] == pytest.approx(answer["predictions"][0]["confidence"])


def test_it_tells_its_health_and_what_it_reads(running):
    assert call(running.port, "GET", "/health")[1]["status"] == "ok"
    about = call(running.port, "GET", "/metadata")[1]
    assert (about["task"], about["columns"], about["labels"]) == (
        "text-classification",
        {"text": "message"},
        ["ham", "spam"],
    )


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        (b"not json", 400, ""),
        ({"rows": []}, 422, "rows"),
        ([1], 422, "rows"),
        ({"rows": [{"other": "x"}]}, 422, "rows[0]"),
        ({"rows": [{"message": {"a": 1}}]}, 422, "rows[0].message"),
        ({"rows": [{"message": "x"}] * 1001}, 413, "rows"),
        (b'{"rows": [{"message": "' + b"x" * 17_000_000, 413, ""),
    ],
)
def test_a_wrong_request_names_the_field(running, body, status, where):
    found, answer = call(running.port, "POST", "/predict", body)
    assert (found, answer["error"]["where"]) == (status, where)
    assert answer["error"]["remedy"]


def test_a_foreign_page_cannot_use_it(running):
    rows = {"rows": [{"message": "x"}]}
    assert call(running.port, "POST", "/predict", rows, Host="evil.example")[0] == 403
    assert call(running.port, "POST", "/predict", rows, Origin="https://evil.example")[0] == 403
    assert call(running.port, "POST", "/predict", rows, Content_Type="text/plain")[0] == 415


def test_a_wrong_row_reaches_the_caller_as_its_own_error(running):
    with pytest.raises(DataError, match=r"rows\[0\]: the column 'message' is missing"):
        process.ask(running.port, [{"text": "x"}])


def test_it_outlives_its_starter_and_is_found_again(running):
    assert os.getpgid(running.pid) != os.getpgid(0)
    assert process.alive(running)


def test_case_64_a_stranger_with_its_pid_is_not_signalled(running):
    stranger = process.Server(running.port, running.pid, running.created - 100)
    assert not process.alive(stranger)
    process.stop(stranger)
    assert process.alive(running)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system itself tells the start by the clock")
def test_case_60_a_clock_that_is_set_does_not_lose_the_server(running, monkeypatch):
    by_the_clock = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: by_the_clock(process) + 3600)
    assert process.alive(running)


def test_it_stops_when_asked(model, tmp_path):
    started = process.start(model, tmp_path / "server.log")
    process.stop(started)
    assert not process.alive(started)
    with pytest.raises(ServeError, match="does not answer"):
        process.ask(started.port, [{"message": "x"}])


def test_a_damaged_folder_is_not_served(model, tmp_path):
    broken = shutil.copytree(model, tmp_path / "broken")
    (broken / "config.json").write_text("{}")
    with pytest.raises(ServeError, match=r"config\.json: expected"):
        process.start(broken, tmp_path / "server.log")


def test_case_82_another_address_needs_a_token(model, monkeypatch):
    monkeypatch.delenv(server.TOKEN, raising=False)
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"):
        with pytest.raises(SafetyError, match="token"):
            server.serve(model, host=host, started=pytest.fail)
    for host in ("127.0.0.1", "::1", "localhost"):
        server.check_address(host, "")


def test_case_82_with_a_token_nobody_is_answered_without_it(model, tmp_path):
    ready = tmp_path / "ready.json"
    token = "a-long-enough-token"
    command = [sys.executable, "-m", "workbench.serve.server", str(model), "--ready", str(ready), "--host", "0.0.0.0"]
    child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, server.TOKEN: token})
    try:
        while not ready.exists():
            assert child.poll() is None
            time.sleep(0.05)
        port = json.loads(ready.read_text())["port"]
        rows = {"rows": [{"message": "x"}]}
        assert call(port, "POST", "/predict", rows)[0] == 401
        assert call(port, "POST", "/predict", rows, Authorization="Bearer wrong")[0] == 401
        assert call(port, "POST", "/predict", rows, Authorization=f"Bearer {token}")[0] == 200
    finally:
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 0
