"""What a task can show: a closed union of panels that ui draws and that JSON carries. No drawing here."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator


class _Panel(BaseModel):
    model_config = ConfigDict(frozen=True)

    title: str
    help: str = ""  # what one sees, in plain words


class Table(_Panel):
    """Rows of cells under named columns; fractions between 0 and 1 are shown as such."""

    kind: Literal["table"] = "table"
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | int | None, ...], ...]


class Bars(_Panel):
    """One bar a category and series; ``series`` maps a series' name to one value a category."""

    kind: Literal["bars"] = "bars"
    categories: tuple[str, ...]
    series: dict[str, tuple[float, ...]]
    unit: str = ""


class Matrix(_Panel):
    """Counts by true label (rows) and predicted label (columns); every cell opens its rows."""

    kind: Literal["matrix"] = "matrix"
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Line(BaseModel):
    """One named line of a curve: x and y of equal length."""

    model_config = ConfigDict(frozen=True)

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


class Curve(_Panel):
    kind: Literal["curve"] = "curve"
    x_label: str
    y_label: str
    lines: tuple[Line, ...]


class Scatter(_Panel):
    """Points, one a row, and lines to read them by; ``groups`` names the group of each point, where there are any."""

    kind: Literal["scatter"] = "scatter"
    x_label: str
    y_label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    lines: tuple[Line, ...] = ()
    groups: tuple[str, ...] = ()


class Histogram(_Panel):
    """How many values lie between each two neighbours of ``edges``; ``series`` maps a name to one count a gap."""

    kind: Literal["histogram"] = "histogram"
    x_label: str
    edges: tuple[float, ...]
    series: dict[str, tuple[int, ...]]


class Mark(BaseModel):
    """A piece of a text, from the character ``start`` to before ``end``, and what it is called."""

    model_config = ConfigDict(frozen=True)

    start: int
    end: int
    label: str


class MarkedText(BaseModel):
    """A text with the pieces that should be marked and those that a model marked; ``row`` is its row in the source.

    ``asked`` is the question about it, where there is one, and ``accepted`` are all answers that are right.
    """

    model_config = ConfigDict(frozen=True)

    row: int
    text: str
    true: tuple[Mark, ...]
    predicted: tuple[Mark, ...]
    asked: str = ""
    accepted: tuple[str, ...] = ()


class MarkedTexts(_Panel):
    """Texts with their marks, as they should be above those of the model."""

    kind: Literal["marked"] = "marked"
    texts: tuple[MarkedText, ...]


class Picture(BaseModel):
    """Images that belong together, as data addresses, and what is said of them; ``row`` is their row in the source,
    None where there is none."""

    model_config = ConfigDict(frozen=True)

    images: tuple[str, ...]
    caption: str = ""
    row: int | None = None


class Pictures(_Panel):
    """Images side by side; ``names`` says what the first, the second, … of each picture is."""

    kind: Literal["pictures"] = "pictures"
    names: tuple[str, ...]
    pictures: tuple[Picture, ...]


Panel = Annotated[Table | Bars | Matrix | Curve | Scatter | Histogram | MarkedTexts | Pictures, Discriminator("kind")]


class Score(BaseModel):
    """One number with its 95 % interval (None where none was computed).

    ``difference_low`` and ``difference_high`` are the interval of this number less the baseline's on the same rows:
    when it lies above (below) 0, the model is better (worse) beyond what chance explains. None where the two were
    not compared row by row.
    """

    model_config = ConfigDict(frozen=True)

    value: float
    low: float | None = None
    high: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None


class Scores(BaseModel):
    """All that a task says about predictions on one set of rows.

    ``values`` are keyed by stored metric names (accuracy, macro_f1, …), fractions where the metric is one.
    ``per_class`` maps a label to its precision, recall, f1 and support. ``rows`` counts the rows measured.
    """

    model_config = ConfigDict(frozen=True)

    rows: int
    values: dict[str, Score]
    per_class: dict[str, dict[str, float]] = {}
    panels: tuple[Panel, ...] = ()
