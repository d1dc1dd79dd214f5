"""The schema's history: up to date, backed up first, refused when it comes from the future."""

import sqlite3
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from workbench.errors import StoreError
from workbench.services import projects
from workbench.services.workbench import open_workbench
from workbench.settings import Settings
from workbench.store import migrations
from workbench.store.records import Record
from workbench.store.session import Store


def test_the_migrations_make_exactly_the_records(store):
    with store.reading() as session:
        assert compare_metadata(MigrationContext.configure(session.connection()), Record.metadata) == []


def test_head_is_the_newest_file():
    folder = migrations.__path__[0]
    assert ScriptDirectory(folder).get_heads() == [migrations.HEAD]


def test_opening_twice_changes_nothing_and_needs_no_backup(store):
    project = projects.create(store, "Kept")
    again = open_workbench(store.settings)
    assert projects.get(again, project.id) == project
    assert not store.backups.exists()


def test_a_store_from_the_future_is_refused(store):
    with store.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        StoreError, match=r"newer version of the workbench \(schema 9999, here \d+\).*Nothing was changed"
    ):
        open_workbench(store.settings)


def test_an_older_store_is_backed_up_before_it_is_changed(tmp_path, monkeypatch):
    settings = Settings(tmp_path / "old")
    settings.home.mkdir()
    with sqlite3.connect(settings.home / "workbench.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES ('0000')")
        connection.execute("CREATE TABLE precious (word TEXT)")
        connection.execute("INSERT INTO precious VALUES ('kept')")
    store = Store(settings)
    with pytest.raises(StoreError, match="0000"):  # no step leads on from there
        migrations.upgrade(store)
    with sqlite3.connect(store.newest_backup()) as copy:
        assert copy.execute("SELECT word FROM precious").fetchone() == ("kept",)
    with sqlite3.connect(store.file) as connection:  # the failed migration left nothing behind
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    assert tables == [("alembic_version",), ("precious",)]


def test_two_that_open_a_new_store_at_once_make_one(tmp_path):
    opened: list[Store] = []
    settings = Settings(tmp_path / "new")
    openers = [threading.Thread(target=lambda: opened.append(open_workbench(settings))) for _ in range(4)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    projects.create(opened[0], "One")
    assert [[project.name for project in projects.list_projects(store)] for store in opened] == [["One"]] * 4
