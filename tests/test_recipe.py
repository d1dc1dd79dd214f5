"""A recipe survives the way to YAML and back, and says what is wrong with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import recipe as recipes
from workbench.errors import RecipeError

EXAMPLE = """
version: 1
task: text-classification
data: {source: reviews.csv, columns: {text: body, label: stars}}
prepare: [{step: strip-html}, {step: drop-duplicates}]
split: {train: 0.8, validation: 0.1, test: 0.1, stratify: true, seed: 7}
augment: [{step: word-dropout, rate: 0.1}]
model: {id: starter/minilm-l6}
training: {method: full, epochs: 3, learning_rate: auto, batch_size: auto, precision: auto}
seed: 7
"""


def test_the_documented_recipe_is_accepted_and_survives_yaml():
    recipe = recipes.from_yaml(EXAMPLE)
    assert recipe.data is not None
    assert recipe.data.columns == {"text": "body", "label": "stars"}
    assert recipe.augment[0].model_extra == {"rate": 0.1}
    assert recipes.from_yaml(recipes.to_yaml(recipe)) == recipe


@given(
    epochs=st.one_of(st.just("auto"), st.integers(1, 1000)),
    rate=st.one_of(st.just("auto"), st.floats(1e-8, 10)),
    seed=st.integers(0, 2**31 - 1),
    source=st.text(min_size=1).filter(lambda text: text.isprintable()),
)
def test_any_recipe_survives_yaml(epochs, rate, seed, source):
    content = {"data": {"source": source}, "training": {"epochs": epochs, "learning_rate": rate}, "seed": seed}
    recipe = recipes.from_dict(content)
    assert recipes.from_yaml(recipes.to_yaml(recipe)) == recipe


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("trainin: {}", ["'trainin'", "did you mean 'training'?"]),
        ("training: {epochz: 3}", ["'training.epochz'", "did you mean 'epochs'?"]),
        ("training: {epochs: 0}", ["epochs must be between 1 and 1000, not 0"]),
        ("training: {epochs: many}", ["'training.epochs' must be a whole number or 'auto' (given: 'many')"]),
        ("training: {learning_rate: .nan}", ["learning_rate"]),
        ("training: {method: prompts}", ["training.method", "'staged' or 'head'", "'prompts'"]),
        ("split: {train: 0.9, test: 0.3}", ["split", "must add up to 1"]),
        ("data: {columns: {text: body}}", ["data.source", "required"]),
        ("prepare: [{stepp: lowercase}]", ["prepare.0.step"]),
        ("version: 2", ["version"]),
        ("a: [", ["line 1", "YAML"]),
        ("- a\n- b", ["keys and values"]),
        ("!!python/object/apply:os.system ['true']", ["YAML"]),
    ],
)
def test_a_wrong_recipe_says_where_and_what_would_be_right(text, words):
    with pytest.raises(RecipeError) as caught:
        recipes.from_yaml(text, "my.yaml")
    message = str(caught.value)
    assert message.startswith("my.yaml")
    for word in words:
        assert word in message


def test_every_mistake_is_named_at_once():
    with pytest.raises(RecipeError) as caught:
        recipes.from_yaml("trainin: {}\nseed: -1\nmodel: {name: x}")
    for word in ("trainin", "seed", "model.name", "model.id"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['touch {ran}']",
        "task: !!python/object/new:subprocess.Popen [[touch, {ran}]]",
        "task: !!python/name:os.system",
        "data: {{source: !!python/object/apply:pathlib.Path.touch ['{ran}']}}",
        "task: !!python/module:antigravity",
    ],
)
def test_case_85_a_recipe_that_would_run_code_is_refused_in_plain_words(tmp_path, text):
    with pytest.raises(RecipeError, match=r"^mine\.yaml, line 1, .* plain values only.*exclamation mark"):
        recipes.from_yaml(text.format(ran=tmp_path / "ran"), "mine.yaml")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "text",
    [
        "task: &a [*a]",
        "[" * 50_000,
        "task: " + "{a: " * 3000 + "x" + "}" * 3000,
        "task: x\na0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
        "task: x\nprepare: [{step: x, a: &a [b], c: *a}]",
    ],
)
def test_case_85_a_recipe_that_refers_to_itself_or_grows_without_end_is_refused(text):
    with pytest.raises(RecipeError) as caught:
        recipes.from_yaml(text, "mine.yaml")
    assert "mine.yaml" in str(caught.value) and len(str(caught.value)) < 500
