"""Numbers for texts without a browser: from a table to a model, and from there to the numbers of new texts."""

import csv

import pytest

from tests.tasks.test_contract import rated


@pytest.mark.slow
def test_from_a_table_of_texts_to_numbers(trained, predicted, tiny_bert, tmp_path):
    rated().rename(columns={"text": "review", "target": "score"}).to_csv(tmp_path / "scores.csv", index=False)
    (tmp_path / "recipe.yaml").write_text(
        "task: text-regression\n"
        "data: {source: scores.csv, columns: {text: review, target: score}}\n"
        f"model: {{id: {tiny_bert}}}\n"
        "training: {epochs: 12, batch_size: 16, learning_rate: 0.001}\n",
        encoding="utf-8",
    )
    scores, model = trained(tmp_path / "recipe.yaml")
    assert scores["r2"] > 0.6 and {"rmse", "mae"} <= scores.keys()
    with (tmp_path / "new.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["review", "n"], ["the book is good", 1], ["the staff and the room is awful", 2]])
    high, low = (float(row["prediction"]) for row in predicted(model, tmp_path / "new.csv"))
    assert high > low + 5
