"""Samples with tables and texts: real packs where they can be fetched, every one a whole table with its roles."""

import json

import pytest

from workbench.data import reader, tables
from workbench.data.sources import sample_tables, samples
from workbench.errors import PackError
from workbench.settings import Limits, Settings, read

LIBRARY = [sample for sample in samples.SAMPLES if isinstance(sample.pack, samples.Library) and sample.file]
PACKED = [sample for sample in samples.SAMPLES if not isinstance(sample.pack, samples.Library) and sample.file]


def imported(sample, folder):
    folder.mkdir()
    settings = Settings(read().home)  # once fetched it stays, as for a user
    try:
        with samples.files(settings, sample) as path:
            reader.take(path, sample.id, sample.options, Limits(), folder, set_aside=False)
    except PackError as error:
        pytest.skip(f"the pack is not here: {error}")
    return tables.read_table(folder)


@pytest.mark.parametrize("sample", LIBRARY, ids=lambda sample: sample.id)
def test_a_sample_of_an_installed_library_is_whole(sample, tmp_path):
    table = imported(sample, tmp_path / "into")
    assert len(table) == sample.rows and set(sample.columns.values()) <= set(table.columns)
    assert not (table == "").to_numpy().any()


@pytest.mark.slow
@pytest.mark.parametrize("sample", PACKED, ids=lambda sample: sample.id)
def test_a_sample_of_a_pack_is_whole(sample, tmp_path):
    table = imported(sample, tmp_path / "into")
    assert len(table) == sample.rows and set(sample.columns.values()) <= set(table.columns)
    match sample.id:
        case "sample/reviews-zh":
            texts = table.drop_duplicates()
            assert (texts["label"] == "positive").sum() == 8379 and (texts["label"] == "negative").sum() == 9078
            assert texts["text"].duplicated().sum() == 47
        case "sample/penguins":
            assert (table == "").to_numpy().sum() == 19 and not (table == "NA").to_numpy().any()
        case "sample/shuttle":
            assert (table["anomaly"] == "1").mean() == pytest.approx(0.0715, abs=0.0001)
        case "sample/ner-ja":
            kinds = {tag[2:] for cell in table["tags"] for tag in json.loads(cell)} - {""}
            assert kinds == {"PSN", "PER", "LOC", "ORG", "DAT", "TIM", "MON", "ART"}
        case "sample/squad":
            assert all(
                context[int(start) :].startswith(answer)
                for context, start, answer in zip(table["context"], table["answer_start"], table["answer"], strict=True)
            )


def test_measurements_of_a_library_sample_stay_numbers(tmp_path):
    table = imported(samples.by_id("sample/diabetes"), tmp_path / "into")
    assert table.columns[-1] == "progression" and table["age"].astype(float).between(18, 90).all()
    assert table["progression"].astype(float).mean() == pytest.approx(152.1, abs=0.1)


def test_every_sample_says_its_licence_task_and_origin():
    for sample in samples.SAMPLES:
        assert sample.licence and sample.attribution and sample.task and sample.columns and sample.description
        assert not (sample.maker and sample.file) or sample.maker in sample_tables.MAKERS
    assert len({sample.id for sample in samples.SAMPLES}) == len(samples.SAMPLES)
