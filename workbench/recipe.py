"""The declarative description of a run: one tree that is stored, shown, checked, repeated."""

import difflib
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from workbench.errors import RecipeError

Auto = Literal["auto"]
FOLDS = 5  # where a recipe asks for folds without a number
_DEEPEST = 50  # lists and mappings within each other


class Part(BaseModel):
    """What every part of a recipe has in common: it cannot be changed in place and knows no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Data(Part):
    """Where the rows come from and which column plays which role.

    ``source`` is a path, a sample pack (``sample/…``) or a data set of the project by its name. ``columns`` maps
    a role of the task ("text") to a column of the file ("body"). ``features`` are the columns that a task for tables
    reads, every column without another role when there are none given; it may also stand among ``columns``.
    """

    source: str = Field(min_length=1)
    columns: dict[str, str] = Field(default_factory=dict)
    features: tuple[str, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _features_among_columns(cls, content: Any) -> Any:
        columns = content.get("columns") if isinstance(content, dict) else None
        if not isinstance(columns, dict) or "features" not in columns or isinstance(columns["features"], str):
            return content
        rest = {role: column for role, column in columns.items() if role != "features"}
        return {**content, "columns": rest, "features": columns["features"]}


class Step(BaseModel):
    """One preparation or augmentation step: its name, and settings that its own code gives a type."""

    model_config = ConfigDict(frozen=True, extra="allow")

    step: str


class Split(Part):
    """Shares of the rows for training, validation and test, as fractions that add up to 1.

    ``method`` "group" keeps rows with equal cells in ``column`` together, "time" trains on the oldest rows and tests
    on the newest by the numbers or dates in ``column``, "column" takes the parts' names from ``column``. With
    ``folds`` the rows are cut into so many equal parts, of which number ``fold`` (the first is 0) is the test; without
    a ``fold`` each of them is, in a run of its own. ``method`` "folds" is five of them, by group if there is a column.
    """

    method: Literal["random", "group", "time", "column"] = "random"
    column: str | None = None
    train: float = Field(default=0.8, gt=0, lt=1)
    validation: float = Field(default=0.1, gt=0, lt=1)
    test: float = Field(default=0.1, gt=0, lt=1)
    stratify: bool = True
    folds: int | None = Field(default=None, ge=2, le=20)
    fold: int | None = Field(default=None, ge=0)
    seed: int | None = Field(default=None, ge=0)

    @property
    def every_fold(self) -> bool:
        """Whether it stands for as many runs as there are folds."""
        return self.folds is not None and self.fold is None

    @model_validator(mode="before")
    @classmethod
    def _folds_as_method(cls, content: Any) -> Any:
        if not isinstance(content, dict) or content.get("method") != "folds":
            return content
        return {"folds": FOLDS, **content, "method": "group" if content.get("column") else "random"}

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train + validation + test must add up to 1, not {total:g}")
        if self.method != "random" and not self.column:
            raise ValueError(f"a split by {self.method} needs a column: add 'column: name of the column'")
        if self.folds and self.method in ("time", "column"):
            raise ValueError(f"folds are cut at random or by group, not by {self.method}")
        if (self.fold or 0) >= (self.folds or 1):
            raise ValueError(f"fold must be between 0 and {(self.folds or 1) - 1}, not {self.fold}")
        return self


class Model(Part):
    """The model: ``starter/…``, ``scratch/…``, ``hub:owner/name`` or a folder. ``settings`` are those that the model
    itself has (``models.scratch``), such as an autoencoder's latent size."""

    id: str = Field(min_length=1)
    settings: dict[str, Any] | None = None


class Training(Part):
    """How the model is trained; every "auto" is chosen by ``training.rules``, which says why.

    ``learning_rate`` is that of the pretrained part, per step of the optimiser; ``warmup`` a fraction of all
    steps; ``ema`` how much of their running average the weights that are kept have from before each step (0: the
    weights themselves are kept); ``early_stopping`` a number of epochs without improvement (0: never);
    ``checkpoint_steps`` a number of steps between checkpoints ("auto": at every epoch's end and every 60 s);
    ``max_minutes`` those of training, pauses left out, after which it ends as when somebody stops it (null: no limit).
    ``method`` is how much of a pretrained model learns: everything ("full"; "staged" begins with a small layer that is
    useful at once), its last ``last_blocks`` blocks, adapters of ``lora_rank`` numbers that count ``lora_alpha`` /
    ``lora_rank`` beside its ``lora_targets``, or a small layer on top ("head"). ``layer_decay`` is the rate of a block
    as a share of that of the block above it; with ``activation_checkpointing`` blocks are computed again instead of
    remembered.
    """

    method: Literal["full", "last-blocks", "lora", "staged", "head"] = "full"
    epochs: int | Auto = Field(default="auto")
    batch_size: int | Auto = Field(default="auto")
    learning_rate: float | Auto = Field(default="auto")
    optimizer: Literal["adamw", "adam", "sgd", "momentum", "rmsprop"] = "adamw"
    schedule: Literal["linear", "cosine", "constant", "one-cycle", "plateau"] = "linear"
    warmup: float = Field(default=0.1, ge=0, le=0.9)
    weight_decay: float = Field(default=0.01, ge=0, le=1)
    gradient_clip: float = Field(default=1.0, ge=0)
    label_smoothing: float = Field(default=0.0, ge=0, le=0.5)
    class_weights: Literal["none", "balanced"] = "none"
    ema: float = Field(default=0.0, ge=0, lt=1)
    early_stopping: int = Field(default=0, ge=0, le=1000)
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    max_length: int | Auto = Field(default="auto")
    checkpoint_steps: int | Auto = Field(default="auto")
    max_minutes: float | None = Field(default=None, gt=0, le=100_000)
    last_blocks: int | Auto = Field(default="auto")
    lora_rank: int | Auto = Field(default="auto")
    lora_alpha: float | Auto = Field(default="auto")
    lora_targets: Literal["auto", "attention", "all"] = "auto"
    layer_decay: float = Field(default=1.0, ge=0.01, le=1)
    activation_checkpointing: bool = False

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        for key, low, high in (
            ("epochs", 1, 1000),
            ("batch_size", 1, 4096),
            ("learning_rate", 1e-8, 10),
            ("max_length", 4, 8192),
            ("checkpoint_steps", 1, 10**9),
            ("last_blocks", 1, 100),
            ("lora_rank", 1, 256),
            ("lora_alpha", 0.01, 1000),
        ):
            value = getattr(self, key)
            if value != "auto" and not low <= value <= high:
                raise ValueError(f"{key} must be between {low:g} and {high:g}, not {value:g}")
        return self


class Recipe(Part):
    """Everything a run needs. A draft may still lack ``data``; ``services.recipes.resolve`` asks for it."""

    version: Literal[1] = 1
    task: str = "text-classification"
    data: Data | None = None
    prepare: tuple[Step, ...] = ()
    split: Split = Split()
    augment: tuple[Step, ...] = ()
    model: Model | None = None
    training: Training = Training()
    seed: int = Field(default=7, ge=0, le=2**31 - 1)

    @property
    def split_seed(self) -> int:
        """The seed of the split: its own, or the recipe's."""
        return self.seed if self.split.seed is None else self.split.seed


def from_dict(content: Any, where: str = "recipe") -> Recipe:
    """The recipe in ``content``. Raises RecipeError naming every wrong key, its place and the nearest right one."""
    if not isinstance(content, dict):
        raise RecipeError(
            "a recipe is a list of keys and values, such as 'task: text-classification'",
            where=where,
            remedy="Start from the recipe that the Train page shows under 'Show recipe'.",
        )
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        raise explain(error, Recipe, where) from None


def from_yaml(text: str, where: str = "recipe") -> Recipe:
    """Read YAML (or JSON, which is YAML): plain values only.

    Raises RecipeError with line and column when it is not YAML, or asks for an object of some program (case 85).
    """
    try:
        _refuse_endless(text, where)
        content = yaml.safe_load(text)
    except yaml.constructor.ConstructorError as error:
        mark = error.problem_mark
        raise RecipeError(
            f"in its YAML a recipe holds plain values only: {error.problem}",
            where=f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where,
            remedy="Remove what begins with an exclamation mark there.",
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
        raise RecipeError(
            f"this is not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}",
            where=place,
            remedy="Check the indentation and the colons near that place.",
        ) from None
    return from_dict(content, where)


def _refuse_endless(text: str, where: str) -> None:
    """Raises RecipeError where a few lines would stand for a terabyte, or brackets take the parser forever."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            remedy = "Write the value out wherever it is meant."
            raise RecipeError("a recipe does not refer to its own parts (*name in YAML)", where=where, remedy=remedy)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise RecipeError("the values are nested too deeply", where=where, remedy="Write it flatter.")


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain values, in the order in which people read it."""
    return recipe.model_dump(mode="json", exclude_none=True)


def to_yaml(recipe: Recipe) -> str:
    """The recipe as YAML that ``from_yaml`` reads back to an equal recipe."""
    text = yaml.safe_dump(to_dict(recipe), sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
    return str(text)


def flat(content: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A recipe's plain values under dotted names ("training.epochs"), its steps as words: for showing what differs."""
    values: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, dict):
            values |= flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            values[prefix + key] = ", ".join(map(_in_words, value)) or "nothing"
        else:
            values[prefix + key] = value
    return values


def _in_words(step: dict[str, Any] | str) -> str:
    if isinstance(step, str):
        return step
    settings = ", ".join(f"{key} {value}" for key, value in step.items() if key != "step")
    return f"{step['step']} ({settings})" if settings else str(step["step"])


def explain(error: ValidationError, model: type[BaseModel], where: str) -> RecipeError:
    """Pydantic's findings as one RecipeError in plain words, with the nearest right key for a wrong one."""
    sentences: dict[str, str] = {}
    for finding in error.errors(include_url=False):
        steps, kinds = _place(model, finding["loc"])
        path = ".".join(str(step) for step in steps)
        given = finding.get("input")
        shown = f" (given: {given!r})" if isinstance(given, str | int | float | bool) else ""
        if finding["type"] == "extra_forbidden":
            known = _keys_at(model, steps[:-1])
            near = difflib.get_close_matches(str(steps[-1]), known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(known)}"
            sentences[path] = f"'{path}' is not a key here ({hint})"
        elif kinds:
            options = " or ".join(kinds)
            before = sentences.get(path, "").removesuffix(shown)
            sentences[path] = f"{before} or {options}{shown}" if before else f"'{path}' must be {options}{shown}"
        else:
            message = finding["msg"].removeprefix("Value error, ")
            sentences[path] = f"{path or 'recipe'}: {message[:1].lower() + message[1:]}{shown}"
    return RecipeError("; ".join(sentences.values()), where=where, remedy="Correct this and try again.")


_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text"}


def _place(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[tuple[int | str, ...], list[str]]:
    """Split pydantic's location into keys and, for a value that may be of several kinds, the kind that was tried."""
    if location and isinstance(location[-1], str) and location[-1] not in _keys_at(model, location[:-1]):
        if location[-1] in _KINDS:
            return location[:-1], [_KINDS[location[-1]]]
        if location[-1].startswith("literal["):
            return location[:-1], [location[-1].removeprefix("literal[").removesuffix("]")]
    return location, []


def _keys_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    current: Any = model
    for part in path:
        if isinstance(part, int) or not hasattr(current, "model_fields") or part not in current.model_fields:
            continue
        annotation = current.model_fields[part].annotation
        options = [annotation, *getattr(annotation, "__args__", ())]
        current = next((option for option in options if hasattr(option, "model_fields")), current)
    return list(current.model_fields)
