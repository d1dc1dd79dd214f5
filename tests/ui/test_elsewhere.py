"""The Data page brings data from elsewhere: a walk through folders, the Hub, a database, the web; a look before all."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.data_hub import Hub, serving
from tests.ui.conftest import CSV, shown
from workbench.services import datasets, projects


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The only folder that is offered, with a table deep in it, a hidden one and a folder of texts."""
    root = tmp_path / "offered"
    for name in ("deep/er", ".hidden", "texts/good", "texts/bad"):
        (root / name).mkdir(parents=True)
    (root / "deep" / "er" / "songs.csv").write_text(CSV)
    (root / "picture.xyz").write_bytes(b"\0")
    for label in ("good", "bad"):
        for number in range(3):
            (root / "texts" / label / f"{number}.txt").write_text(f"a {label} text, number {number}")
    (tmp_path / "outside.csv").write_text(CSV)
    (root / "deep" / "link.csv").symlink_to(tmp_path / "outside.csv")
    monkeypatch.setenv("WORKBENCH_FOLDERS", str(root))
    return root


@pytest.fixture
def elsewhere(empty, page):
    """The Data page of a new project, where one way to data elsewhere was chosen."""

    def opened(way):
        project = projects.create(empty, way)
        test = page("data", project=project.id)
        test.radio(key="data_kind").set_value("elsewhere").run()
        if way != "folder":
            test.selectbox(key="data_way").set_value(way).run()
        assert not test.exception
        return project.id, test

    return opened


def imported(store, project_id, test):
    test.button(key="data_import").click().run()
    assert not test.exception and not test.error
    (version,) = datasets.list_datasets(store, project_id)
    return version


def test_a_walk_through_folders_ends_at_a_file_with_its_size(folder, empty, elsewhere):
    project_id, test = elsewhere("folder")
    assert list(test.selectbox(key=f"data_place_{folder}").options) == ["deep/", "texts/"]
    test.selectbox(key=f"data_place_{folder}").set_value("deep").run()
    assert list(test.selectbox(key=f"data_place_{folder / 'deep'}").options) == ["er/"]
    test.selectbox(key=f"data_place_{folder / 'deep'}").set_value("er").run()
    place = test.selectbox(key=f"data_place_{folder / 'deep' / 'er'}")
    assert place.options[0].startswith("songs.csv · ") and r"deep \/ er" in shown(test)
    place.set_value("songs.csv").run()
    assert "120 rows" in shown(test)
    version = imported(empty, project_id, test)
    assert (version.name, version.rows) == ("songs", 120)
    assert version.source == str(folder / "deep" / "er" / "songs.csv") and (folder / "deep/er/songs.csv").exists()


def test_one_can_go_up_again_and_take_a_folder_whole(folder, empty, elsewhere):
    project_id, test = elsewhere("folder")
    test.selectbox(key=f"data_place_{folder}").set_value("deep").run()
    test.button(key="data_up").click().run()
    assert test.selectbox(key=f"data_place_{folder}").value is None
    test.selectbox(key=f"data_place_{folder}").set_value("texts").run()
    test.toggle(key=f"data_whole_{folder / 'texts'}").set_value(True).run()
    version = imported(empty, project_id, test)
    assert (version.name, version.rows, set(version.columns)) == ("texts", 6, {"text", "label", "file"})


def test_without_any_folder_the_page_says_which_setting_names_them(tmp_path, monkeypatch, elsewhere):
    monkeypatch.setenv("WORKBENCH_FOLDERS", str(tmp_path / "none"))
    _, test = elsewhere("folder")
    assert "WORKBENCH_FOLDERS" in shown(test) and test.button(key="data_import").disabled


def test_a_table_of_the_hub_is_looked_up_fetched_seen_and_imported(tmp_path, monkeypatch, empty, elsewhere):
    repository = tmp_path / "reviews"
    repository.mkdir()
    for split, rows in {"train": 30, "test": 3}.items():
        table = pa.table({"text": [f"text {n}" for n in range(rows)], "label": ["ab"[n % 2] for n in range(rows)]})
        pq.write_table(table, repository / f"{split}.parquet")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    hub = Hub({"acme/reviews": repository})
    with serving(hub) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        project_id, test = elsewhere("hub")
        test.text_input(key="data_hub_name").set_value("acme/reviews")
        test.button[0].click().run()
        assert not test.exception and "Licence: cc" in shown(test)
        test.selectbox(key="data_hub_part_hub:acme/reviews").set_value("train.parquet").run()
        assert not any("resolve" in asked for asked in hub.asked)
        test.button(key="data_fetch").click().run()
        assert "30 rows" in shown(test) and len(list(empty.settings.uploads.iterdir())) == 1
        version = imported(empty, project_id, test)
    assert (version.name, version.source) == ("reviews train", "hub:acme/reviews#train.parquet")
    assert list(empty.settings.uploads.iterdir()) == []


def test_a_hub_that_cannot_be_reached_is_said_in_place(monkeypatch, tmp_path, elsewhere):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    _, test = elsewhere("hub")
    test.text_input(key="data_hub_name").set_value("acme/reviews")
    test.button[0].click().run()
    assert not test.exception and "no hub can be reached" in test.error[0].value


def test_case_79_a_database_is_asked_for_by_names_and_its_password_is_not_shown(elsewhere):
    _, test = elsewhere("database")
    for name, value in {"host": "/var/run", "name": "shop", "user": "me", "word": "hunter2"}.items():
        test.text_input(key=f"data_database_{name}").set_value(value)
    test.button[0].click().run()
    assert not test.exception and "not at a file or a socket" in test.error[0].value
    test.text_input(key="data_database_host").set_value("127.0.0.1")
    test.text_input(key="data_database_port").set_value("9")
    test.button[0].click().run()
    assert not test.exception and "127" in test.error[0].value and "hunter2" not in shown(test)


def test_case_78_the_web_is_off_and_then_only_public(monkeypatch, elsewhere):
    _, test = elsewhere("web")
    assert "WORKBENCH_ALLOW_WEB=1" in shown(test) and not test.text_input
