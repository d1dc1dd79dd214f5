"""An import that is cancelled, wherever it is, leaves nothing; one that is watched is told how far it is."""

import pytest

from workbench.services import datasets, projects


class Cancelled(Exception):
    """What the page raises when Cancel was pressed."""


@pytest.fixture
def project(store):
    return projects.create(store, "Reviews").id


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large.csv"
    path.write_text("body,stars\n" + "a text of some words,4\n" * 1_500_000)
    return path


def files_of(store):
    return [path for path in store.settings.datasets.rglob("*") if path.is_file()]


def test_a_cancelled_import_leaves_nothing(store, project, large):
    def cancel(progress):
        if progress.rows:
            assert files_of(store), "it is writing"
            raise Cancelled

    with pytest.raises(Cancelled):
        datasets.import_file(store, project, large, name="Large", progress=cancel)
    assert datasets.list_datasets(store, project) == [] and files_of(store) == []


def test_cancelled_text_is_not_kept_either(store, project):
    def cancel(progress):
        raise Cancelled

    with pytest.raises(Cancelled):
        datasets.import_text(store, project, "a,b\n1,2\n", name="Text", progress=cancel)
    assert files_of(store) == [] and list(store.settings.uploads.iterdir()) == []


def test_a_watched_import_is_the_same_import(store, project, large):
    heard = []
    version = datasets.import_file(store, project, large, name="Large", progress=heard.append)
    assert version.rows == 1_500_000 and heard[-1].rows <= version.rows and heard[-1].done <= 1
    assert datasets.import_file(store, project, large, name="Large") == version
