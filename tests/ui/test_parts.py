"""The parts that pages share: forms from settings, the stepper, texts from outside, figures."""

from datetime import datetime
from typing import Literal

import pytest
from pydantic import BaseModel, Field
from streamlit.testing.v1 import AppTest

from workbench.augment import catalogue as augment
from workbench.evaluate.panels import Bars, Curve, Line, Matrix
from workbench.prepare import catalogue as prepare
from workbench.recipe import Recipe
from workbench.store.views import DraftView, RunProgress, RunSummary, RunView, State
from workbench.ui import charts, forms, stepper
from workbench.ui.tables import plain, shorten


class Example(BaseModel):
    """One field of every kind that a step may have."""

    step: Literal["example"] = "example"
    on: bool = Field(default=True, title="Switch", description="On or off.")
    share: float = Field(default=0.25, ge=0, le=1, title="Share", json_schema_extra={"unit": "fraction"})
    count: int = Field(default=3, ge=1, title="Count")
    rate: float = Field(default=0.5, gt=0)
    how: Literal["one", "two"] = Field(default="two", title="How")
    words: str = "hello"
    list: str = Field(default="one\ntwo", json_schema_extra={"lines": True})


def form(values):
    """The form of the example, drawn with ``values``."""
    import streamlit as st

    from tests.ui.test_parts import Example
    from workbench.ui import forms

    st.session_state["chosen"] = forms.settings(Example, values, "key")


def test_settings_become_widgets_with_labels_limits_and_help():
    test = AppTest.from_function(form, args=({"share": 0.5},)).run()
    assert not test.exception
    assert test.session_state["chosen"] == {
        "on": True,
        "share": 0.5,
        "count": 3,
        "rate": 0.5,
        "how": "two",
        "words": "hello",
        "list": "one\ntwo",
    }
    assert test.text_area(key="key_list").value == "one\ntwo"
    slider = test.slider(key="key_share")
    assert (slider.label, slider.min, slider.max) == ("Share (fraction)", 0.0, 1.0)
    assert test.toggle(key="key_on").help == "On or off."
    assert test.number_input(key="key_count").min == 1
    assert test.selectbox(key="key_how").options == ["one", "two"]


@pytest.mark.parametrize("kind", [*prepare.STEPS, *augment.STEPS], ids=lambda kind: kind.__name__)
def test_every_step_has_a_form_with_a_help_for_every_setting(kind):
    for name, field in kind.model_fields.items():
        if name != "step":
            assert field.title and field.description, f"{kind.__name__}.{name}"

    def drawn(module, name):
        import importlib

        import streamlit as st

        from workbench.ui import forms

        model = getattr(importlib.import_module(module), name)
        st.session_state["chosen"] = forms.settings(model, {}, "key")

    test = AppTest.from_function(drawn, args=(kind.__module__, kind.__name__)).run()
    assert not test.exception
    kind.model_validate({"step": kind.model_fields["step"].default, **test.session_state["chosen"]})


def test_a_kind_of_field_that_is_not_known_is_a_mistake_of_ours():
    class Odd(BaseModel):
        many: list[int] = Field(default_factory=list)

    with pytest.raises(TypeError, match="many"):
        forms.settings(Odd, {}, "key")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("*bold* _it_", r"\*bold\* \_it\_"),
        ("<img src=x>", r"\<img src\=x\>"),
        (":red[x] :material/home: $x$", r"\:red\[x\] \:material\/home\: \$x\$"),
        ("![a](b)", r"\!\[a\]\(b\)"),
        ("one\n\n# two", r"one \# two"),
        ("naïve 汉字 🙂", "naïve 汉字 🙂"),
    ],
)
def test_case_76_texts_from_outside_are_no_markup(text, kept):
    assert plain(text) == kept


@pytest.mark.parametrize(
    "address", ["http://evil.example", "HTTPS://evil.example", "www.evil.example", "a@evil.example"]
)
def test_case_76_addresses_do_not_become_links(address):
    shown = plain(address)
    assert "\u2060" in shown
    assert shown.replace("\u2060", "").replace("\\", "") == address


def test_a_long_text_is_shortened_on_one_line():
    assert shorten("a\nb  c") == "a b c"
    assert len(shorten("x" * 500, 50)) == 50


def draft(data=None, reviewed=()):
    return DraftView("p", 1, Recipe(), data, tuple(reviewed))


def run(state):
    moment = datetime(2026, 1, 1)
    return RunView(
        id="r",
        project_id="p",
        number=1,
        name="Run 1",
        recipe=Recipe(),
        data_version_id="d",
        state=state,
        reason="",
        control=None,
        resumes=0,
        plan={},
        progress=RunProgress(),
        summary=RunSummary(),
        model_id=None,
        notes="",
        created=moment,
        started=None,
        ended=None,
        binned=None,
    )


@pytest.mark.parametrize(
    ("given", "of", "expected"),
    [
        (draft(), None, "attention locked locked locked locked locked locked"),
        (draft("d"), None, "done open open open open locked locked"),
        (draft("d", ["prepare", "augment"]), None, "done done done open open locked locked"),
        (draft("d"), run(State.RUNNING), "done done done done open locked locked"),
        (draft("d"), run(State.FAILED), "done done done done attention locked locked"),
        (draft("d"), run(State.PAUSED), "done done done done attention locked locked"),
        (draft("d"), run(State.SUCCEEDED), "done done done done done open open"),
        (draft("d", ["evaluate"]), run(State.SUCCEEDED), "done done done done done done open"),
    ],
)
def test_the_stepper_knows_what_is_done_and_what_is_locked(given, of, expected):
    steps = stepper.states(given, of)
    assert [step.status for step in steps] == expected.split()
    assert all(step.why for step in steps if step.status in ("locked", "attention"))


def test_series_differ_by_more_than_their_colour():
    names = ("Precision", "Recall", "F1")
    figure = charts.bars(Bars(title="x", categories=("a", "b"), series=dict.fromkeys(names, (0.5, 1.0))))
    assert len({bar.marker.pattern.shape for bar in figure.data}) == len(names)
    lines = tuple(Line(name=name, x=(0, 1), y=(0, 1)) for name in names)
    figure = charts.curve(Curve(title="x", x_label="x", y_label="y", lines=lines))
    assert len({line.line.dash for line in figure.data}) == len(names)


def test_a_matrix_has_a_mark_to_click_on_every_cell():
    figure = charts.matrix(Matrix(title="x", labels=("a", "b", "c"), counts=((5, 0, 0), (1, 4, 0), (0, 0, 9))))
    assert len(figure.data[1].x) == 9
    assert figure.data[0].text[1][0] == "1"
