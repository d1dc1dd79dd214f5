"""What a run's curves say: a quiet sentence, its evidence, and a button that tries what would help."""

import streamlit as st

from workbench import tasks
from workbench.evaluate import narrator
from workbench.evaluate.narrator_curves import Curves, Validation
from workbench.services import curves
from workbench.services import recipes as recipe_service
from workbench.services.curves import Series
from workbench.store.views import RunView, State
from workbench.ui import frame, messages, navigation
from workbench.ui.frame import Here
from workbench.ui.i18n import _
from workbench.ui.tables import plain

_ICONS = {
    "rate-too-high": "trending_up",
    "noisy-labels": "rule",
    "overfitting": "psychology_alt",
    "rate-too-low": "trending_flat",
    "underfitting": "vertical_align_bottom",
    "unfinished": "more_horiz",
    "plateau": "horizontal_rule",
    "healthy": "check_circle",
}


def advice(here: Here, run: RunView) -> narrator.Advice | None:
    """What the run's curves say; None while there are too few points, and for models that are fitted at once."""
    if run.plan and "epochs" not in run.plan:
        return None
    return narrator.read(told(run, curves.series(here.store, run.id)))


def show(here: Here, run: RunView, said: narrator.Advice) -> None:
    """The sentence with its evidence below it, and what would help beside both."""
    key = f"{here.page}_try_{run.id}"
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="medium"):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f":material/{_ICONS[said.code]}: {plain(_(said.text))}")
            st.caption(plain(_(said.evidence).format(**said.values)))
        with st.container(horizontal=True, width="content", gap="small", vertical_alignment="center"):
            _elsewhere(here, run, said)
            if said.changes:
                label = _("Try with {values}").format(values=", ".join(_in_words(said.changes)))
                if st.button(label, key=key, icon=":material/rocket_launch:", wrap=False):
                    _try(here, run, said)


def told(run: RunView, series: Series) -> Curves:
    """The run's points as the narrator reads them."""
    headline = tasks.by_name(run.recipe.task).headline
    sign = 1 if headline.higher_is_better else -1
    missing: list[float | None] = [None] * len(series.steps)
    columns = (
        series.values.get(name, missing)
        for name in ("loss", "learning_rate", "validation_loss", f"validation_{headline.name}")
    )
    rows = list(zip(series.epochs, *columns, strict=True))
    training = [(epoch, loss, rate) for epoch, loss, rate, _loss, _score in rows if loss is not None]
    method = run.plan.get("method", {}).get("value", run.recipe.training.method)
    return Curves(
        at=[epoch for epoch, _loss, _rate in training],
        losses=[loss for _epoch, loss, _rate in training],
        rates=[rate or 0.0 for _epoch, _loss, rate in training],
        norms=[norm for norm in series.values.get("gradient_norm", missing) if norm is not None],
        validations=[
            Validation(epoch, loss, None if score is None else sign * score)
            for epoch, _loss, _rate, loss, score in rows
            if loss is not None and epoch > 0  # what was there before the first step is no part of the curve
        ],
        epochs=int(run.plan.get("epochs", {}).get("value") or run.progress.epochs),
        learning_rate=float(run.plan.get("learning_rate", {}).get("value") or 0),
        training=run.recipe.training,
        ended=run.state is State.SUCCEEDED,
        broken=run.state is State.FAILED and "TRAIN-51" in run.reason,
        shares=headline.fraction and headline.higher_is_better,
        solved=method == "head",
    )


def _elsewhere(here: Here, run: RunView, said: narrator.Advice) -> None:
    """The page on which something else than the training's settings would help."""
    if said.code == "noisy-labels":
        here.link("data", _("Look at the labels"))
    elif said.code == "underfitting" and not said.changes:
        here.link("model", _("Choose another model"))
    elif said.code == "overfitting" and not run.recipe.augment and recipe_service.augment_steps(run.recipe.task):
        here.link("augment", _("Add augmentation"))


def _in_words(changes: narrator.Changes) -> list[str]:
    words = {
        "method": _("everything trained"),
        "epochs": _("{value} epochs"),
        "learning_rate": _("learning rate {value}"),
        "early_stopping": _("early stopping after {value} epochs"),
        "weight_decay": _("weight decay {value}"),
    }
    if changes.get("epochs") == 1:
        words["epochs"] = _("1 epoch")
    return [
        words[key].format(value=f"{value:g}" if isinstance(value, int | float) else value)
        for key, value in changes.items()
    ]


def _try(here: Here, run: RunView, said: narrator.Advice) -> None:
    """Make the changed recipe the project's draft, and open its settings."""
    recipe = run.recipe.model_copy(update={"training": said.changed(run.recipe.training)})
    with frame.saving(here):
        here.save(recipe, run.data_version_id, done=False)
        st.session_state["train_new"] = run.id
        messages.later(_("The settings are ready: look at them, then start."))
        navigation.go("train", here.project.id, run.id)
