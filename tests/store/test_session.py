"""Transactions: what they promise, and what they say when they cannot keep it."""

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text

from workbench.errors import Conflict, NotFound, StoreError
from workbench.services import projects
from workbench.services.workbench import backup, open_workbench
from workbench.settings import ROOT, Settings
from workbench.store.records import DataSetRow, ProjectRow
from workbench.store.session import Store, wal_is_safe

LOCK_IT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def locked(store):
    """The database, locked by another process until ``locked()`` is called."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOCK_IT, str(store.file)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"locked\n"

    def release() -> None:
        process.communicate(b"\n")

    yield release
    if process.returncode is None:
        release()


def test_the_pragmas_are_those_that_lose_nothing(store):
    with store.reading() as session:
        settings = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    journal = "wal" if wal_is_safe() else "delete"
    assert settings == {"journal_mode": journal, "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_wal_is_used_only_where_it_is_whole(version, safe):
    assert wal_is_safe(version) is safe


def test_a_block_that_fails_leaves_nothing(store):
    with pytest.raises(ZeroDivisionError), store.session() as session:
        session.add(ProjectRow(id="a", owner="local", name="A", binned=None))
        session.flush()
        raise ZeroDivisionError
    assert projects.list_projects(store) == []


def test_constraints_become_conflicts(store):
    with pytest.raises(Conflict, match="reload the page"), store.session() as session:
        session.add(DataSetRow(id="a", project_id="nowhere", owner="local", name="A", binned=None))


def test_writers_take_turns(store):
    def write(number: int) -> None:
        own = Store(store.settings)
        for turn in range(5):
            projects.create(own, f"{number}/{turn}")
        own.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(projects.list_projects(store)) == 20


def test_case_58_a_locked_store_is_waited_for(store, locked):
    waiting = threading.Timer(0.5, locked)
    waiting.start()
    assert projects.create(store, "Patience").name == "Patience"
    waiting.join()


def test_case_58_after_the_patience_a_plain_message(store, locked):
    hasty = Store(store.settings, patience=0.2)
    for act in (lambda: projects.create(hasty, "Haste"), lambda: projects.list_projects(hasty)):
        with pytest.raises(
            StoreError, match=r"locked by another process for more than 0\.2 seconds.*Nothing was changed"
        ):
            act()
    locked()
    assert projects.list_projects(hasty) == []


def test_case_59_a_read_only_store_can_be_read_and_says_so(store):
    project = projects.create(store, "Kept")
    copy = backup(store, store.settings.home)
    store.close()
    reader = Store(Settings(store.settings.home, database=f"sqlite:///file:{store.file}?mode=ro&uri=true"))
    assert projects.get(reader, project.id).name == "Kept"
    with pytest.raises(StoreError) as refused:
        projects.create(reader, "Not written")
    assert "read-only: everything can be looked at, but nothing changed" in str(refused.value)
    assert copy.is_file()
    assert [found.name for found in projects.list_projects(reader)] == ["Kept"]


def test_case_59_a_damaged_store_is_left_as_it_is_and_the_backup_offered(store):
    for number in range(200):
        projects.create(store, f"Project {number} " + "x" * 150)
    copy = backup(store, store.backups / "mine.db")
    store.close()
    content = bytearray(store.file.read_bytes())
    content[8192 : len(content) - 4096] = os.urandom(len(content) - 12_288)
    store.file.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged") as refused:
        open_workbench(store.settings)
    assert str(copy) in str(refused.value)
    assert store.file.read_bytes() == content

    store.file.write_bytes(b"this is no database, but forty bytes of text")
    with pytest.raises(StoreError, match="file is not a database"):
        open_workbench(store.settings)
    assert store.file.read_bytes().startswith(b"this is no database")

    store.file.unlink()
    store.file.write_bytes(copy.read_bytes())  # what the message says
    assert len(projects.list_projects(open_workbench(store.settings))) == 200


def test_case_59_a_missing_database_beside_full_folders_is_not_made_anew(store):
    (store.settings.models / "a").mkdir(parents=True)
    store.close()
    store.file.unlink()
    with pytest.raises(StoreError, match="database of this project store is missing"):
        open_workbench(store.settings)
    assert not store.file.exists()


def test_another_persons_rows_do_not_exist(store):
    project = projects.create(store, "Mine")
    stranger = Store(store.settings, owner="somebody else")
    for act in (projects.get, projects.draft, projects.move_to_bin, projects.restore):
        with pytest.raises(NotFound, match="This project was deleted"):
            act(stranger, project.id)
    assert projects.list_projects(stranger) == []
    assert projects.create(stranger, "Mine").name == "Mine"  # names are unique to a person


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_connections_do_not_cross_a_fork(store):
    projects.create(store, "Parent")
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=lambda: answers.put((projects.create(store, "Child").name, id(store.engine))))
    before = id(store.engine)
    child.start()
    name, engine = answers.get(timeout=60)
    child.join()
    assert name == "Child"
    assert engine != before
    assert id(store.engine) == before
    assert {found.name for found in projects.list_projects(store)} == {"Parent", "Child"}


def test_a_backup_is_whole_while_others_write(store):
    ended = threading.Event()

    def write() -> None:
        own, number = Store(store.settings), 0
        while not ended.is_set():
            projects.create(own, f"Busy {number}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    copies = [backup(store, store.settings.home / f"copy-{number}.db") for number in range(3)]
    ended.set()
    writer.join()
    for copy in copies:
        with sqlite3.connect(copy) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            drafts = connection.execute("SELECT count(*) FROM drafts").fetchone()
            assert drafts == connection.execute("SELECT count(*) FROM projects").fetchone()
    with pytest.raises(StoreError, match="exists already"):
        backup(store, copies[0])
