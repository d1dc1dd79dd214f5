"""Case 79: databases are asked for a table and nothing else, whatever address, name or server says.

With a real PostgreSQL where one is installed, started for these tests in a folder of its own.
"""

import getpass
import os
import shutil
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from workbench.data import reader, tables
from workbench.data.read_options import ReadOptions
from workbench.data.sources import sql_source
from workbench.errors import DataError
from workbench.settings import Limits


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:///store/workbench.db",
        "sqlite+pysqlite:///:memory:",
        "postgresql+psycopg2://me@host/shop",
        "mysql+mysqldb://me@host/shop",
        "oracle://me@host/shop",
        "access+pyodbc://@file",
        "postgresql:///shop",
        "postgresql://%2Fvar%2Frun/shop",
        "postgresql://me@/shop?host=/var/run",
        "postgresql://me@host,10.0.0.1/shop",
        "postgresql://me@host/shop?service=other",
        "postgresql://me@host/shop?passfile=/etc/passwd",
        "postgresql://me@host/shop?options=-c%20search_path%3Dx",
        "postgresql://me@host/shop?sslrootcert=/etc/passwd",
        "postgresql://me@host/shop?sslmode=require&sslmode=disable",
        "postgresql://me@host/shop?sslmode=../x",
        "postgresql://me@host/dbname=shop host=other",
        "postgresql://me@host/",
        "postgresql://me@host:99999/shop",
        "postgresql://me@host:port/shop",
        "postgresql://me\0@host/shop",
        "mysql://me@host/shop?local_infile=1",
        "mysql://me@host/shop?read_default_file=/etc/my.cnf",
        "mysql://me@host/shop?unix_socket=/tmp/x",
        "mysql://me@host/shop?init_command=DROP%20TABLE%20x",
        "mariadb://me@-oProxyCommand=x/shop",
        "shop",
        "",
    ],
)
def test_case_79_hostile_addresses_are_refused_before_any_connection(address):
    with pytest.raises(DataError) as caught:
        sql_source.parse(address, "hunter2")
    assert caught.value.code == "SQL-79" and caught.value.remedy and "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:hunter2@db.example/shop", "postgresql://me@db.example:5432/shop"),
        ("mysql://me@10.0.0.5:3307/shop?sslmode=require", "mysql://me@10.0.0.5:3307/shop"),
        ("mariadb://[2001:db8::1]/my shop", "mysql://[2001:db8::1]:3306/my shop"),
        ("postgresql://me@host/shop?table=public.reviews", "postgresql://me@host:5432/shop"),
    ],
)
def test_case_84_an_address_is_shown_without_its_password(address, shown):
    server, table = sql_source.parse(address, "hunter2")
    assert server.address == shown and "hunter2" not in repr(server)
    assert table == ("public.reviews" if "table" in address else "")


def test_case_79_drivers_get_no_door_to_this_machines_files():
    mysql, _ = sql_source.parse("mysql://me@host/shop")
    postgresql, _ = sql_source.parse("postgresql://me@host/shop")
    assert sql_source._mysql(mysql, 5.0)["local_infile"] is False
    assert sql_source._postgresql(postgresql)["passfile"] == os.devnull


def test_a_server_that_is_not_there_is_said_without_the_password():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for dialect in ("postgresql", "mysql"):
        server, _ = sql_source.parse(f"{dialect}://me:hunter2@127.0.0.1:{port}/shop")
        with pytest.raises(DataError, match=rf"SQL-79 {dialect}://me@127\.0\.0\.1:{port}/shop: the database") as caught:
            sql_source.tables(server)
        assert "hunter2" not in str(caught.value)


def _tools():
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    return next(iter([*folders, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]), None)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A database "shop" on a server of its own, which nobody else can reach."""
    tools = _tools()
    if tools is None or not (tools / "initdb").exists():
        pytest.skip("no PostgreSQL is installed here")
    root = getpass.getuser() == "root"  # PostgreSQL refuses to run as root
    if root and not shutil.which("runuser"):
        pytest.skip("PostgreSQL does not run as root, and there is no runuser")
    folder = tmp_path_factory.mktemp("postgresql")
    (folder / "word").write_text("hunter2")
    user = "nobody"
    if root:
        for one in (folder, *folder.parents[:3]):
            one.chmod(one.stat().st_mode | 0o055)
        shutil.chown(folder, user)
        (folder / "word").chmod(0o644)
    as_user = ["runuser", "-u", user, "--"] if root else []
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data = folder / "data"
    first = [
        tools / "initdb",
        "-D",
        data,
        "-U",
        "app",
        f"--pwfile={folder / 'word'}",
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
    ]
    made = subprocess.run([*as_user, *map(str, first)], capture_output=True, text=True, cwd=folder)
    assert made.returncode == 0, made.stderr
    control = [*as_user, str(tools / "pg_ctl"), "-D", str(data), "-w"]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    log = str(folder / "log")
    assert subprocess.run([*control, "-l", log, "-o", options, "start"], stdout=subprocess.DEVNULL).returncode == 0
    try:
        engine = create_engine(f"postgresql+psycopg://app:hunter2@127.0.0.1:{port}/postgres")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in TABLES:
                connection.execute(text(statement))
        engine.dispose()
        yield sql_source.parse(f"postgresql://app:hunter2@127.0.0.1:{port}/postgres")[0]
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], stdout=subprocess.DEVNULL)


TABLES = [
    "CREATE TABLE reviews (text text, id int PRIMARY KEY, stars numeric(3,1), seen timestamptz, tags text[], "
    "fine boolean)",
    "INSERT INTO reviews VALUES ('NA', 2, NULL, NULL, NULL, NULL), "
    "('gut, schön', 1, 4.0, '2024-01-02 03:04:05+00', '{a,b}', true)",
    'CREATE SCHEMA "od""d"',
    'CREATE TABLE "od""d"."re;views" ("a""; DROP TABLE reviews; --" text)',
    'INSERT INTO "od""d"."re;views" VALUES (\'x\')',
    'CREATE TABLE "od""d".reviews (text text)',
    "CREATE TABLE big AS SELECT generate_series(1, 5000) AS number",
    "CREATE VIEW slow AS SELECT pg_sleep(20)::text AS text",
    "CREATE SEQUENCE counter",
    "CREATE VIEW changing AS SELECT nextval('counter') AS number",
    "CREATE ROLE guest LOGIN PASSWORD 'p:/@ü'",
    "GRANT SELECT ON big TO guest",
]


@pytest.fixture
def taken(tmp_path, shop):
    def take(wanted, server=shop, limits=None, **rest):
        to, into = tmp_path / "x.parquet", tmp_path / "into"
        limits = limits or Limits()
        sql_source.copy(server, wanted, to, limits, **rest)
        into.mkdir(exist_ok=True)
        reader.take(to, "x.parquet", ReadOptions(), limits, into, set_aside=False)
        return tables.read_table(into)

    def refused(wanted, **rest):
        with pytest.raises(DataError) as caught:
            take(wanted, **rest)
        assert not (tmp_path / "x.parquet").exists() and "hunter2" not in str(caught.value)
        return str(caught.value)

    take.refused = refused
    return take


def test_a_table_arrives_as_it_was_written_in_the_order_of_its_key(taken):
    table = taken("public.reviews")
    assert table.columns.tolist() == ["text", "id", "stars", "seen", "tags", "fine"]
    assert table.iloc[0].tolist() == ["gut, schön", "1", "4.0", "2024-01-02T03:04:05+00:00", '["a", "b"]', "true"]
    assert table.iloc[1].tolist() == ["NA", "2", "", "", "", ""]


def test_columns_and_rows_may_be_chosen(taken):
    assert taken("big", rows=7).shape == (7, 1)
    assert taken("public.reviews", columns=["stars", "text"]).columns.tolist() == ["stars", "text"]
    assert "Its columns are: text, id" in taken.refused("public.reviews", columns=["text", "x"])
    assert "twice" in taken.refused("public.reviews", columns=["text", "text"])


def test_case_79_names_are_quoted_and_never_run(taken, shop):
    assert taken('od"d.re;views').columns.tolist() == ['a"; DROP TABLE reviews; --']
    for wanted in (
        "reviews; DROP TABLE big",
        "big WHERE true",
        "pg_catalog.pg_authid",
        "information_schema.tables",
        "",
    ):
        assert taken.refused(wanted).startswith("SQL-22 ")
    assert {"public.reviews", "public.big", 'od"d.re;views'} <= {one.title for one in sql_source.tables(shop)}


def test_a_table_that_is_not_there_or_is_there_twice_is_said(taken):
    assert "Did you mean 'public.reviews'?" in taken.refused("public.review")
    assert "several tables are called 'reviews'" in taken.refused("reviews")


def test_case_79_nothing_can_be_changed_even_by_a_view(taken):
    assert "read-only transaction" in taken.refused("public.changing")


def test_case_79_a_statement_ends_in_time(taken):
    assert "statement timeout" in taken.refused("public.slow", limits=Limits(download_seconds=0.5))


def test_case_18_a_table_of_too_many_cells_is_refused(taken):
    message = taken.refused("public.big", limits=Limits(cells=1000))
    assert message.startswith("SQL-18 ") and "more than 1,000 cells" in message


def test_a_user_sees_and_reads_what_was_granted(taken, shop):
    guest = replace(shop, user="guest", password="p:/@ü")
    assert [one.title for one in sql_source.tables(guest)] == ["public.big"]
    assert len(taken("public.big", guest)) == 5000
    assert "password authentication failed" in taken.refused("public.big", server=replace(shop, password="wrong"))
