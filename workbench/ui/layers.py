"""The picture of a network: a bar for every layer, as wide as what leaves it is large, with what it does in words."""

import html
import math
from collections.abc import Sequence

import streamlit as st

from workbench.models import scratch
from workbench.models.layer import Layer
from workbench.recipe import Model
from workbench.services import layers
from workbench.ui import messages
from workbench.ui.frame import Here
from workbench.ui.i18n import _, n_, number
from workbench.ui.tables import plain

_STYLE = """<style>
.layers { display: grid; grid-template-columns: minmax(72px, 2fr) 5fr; gap: 4px 14px; align-items: center; }
.layers .bar { justify-self: center; min-height: 26px; height: 100%; border-radius: 4px; background: currentColor; }
.layers .filters, .layers .enlarging { opacity: .75; }
.layers .linear, .layers .members { opacity: .45; }
.layers .code { background: var(--st-primary-color, currentColor); }
.layers .vectors, .layers .lstm, .layers .gru { opacity: .6; }
.layers small { opacity: .75; }
</style>"""


def show(here: Here, model_id: str, settings: dict[str, object] | None) -> None:
    """A switch, and below it the layers as they will be for the rows of this project."""
    version_id = here.draft.data_version_id
    if version_id is None or not layers.has_layers(model_id):
        return
    if not st.toggle(_("How it works"), key="model_layers"):
        return
    known = scratch.by_id(model_id)
    if known is not None:
        st.markdown(plain(_(known.explained)))
    with messages.shown(), st.spinner(_("Looking at the layers …")):
        recipe = here.recipe.model_copy(update={"model": Model(id=model_id, settings=settings)})
        found = layers.of(here.store, recipe, version_id, Model(id=model_id, settings=settings))
        st.html(_STYLE + picture(found))
        total = sum(layer.weights for layer in found)
        st.caption(
            _(
                "What you give enters at the top, the answer leaves at the bottom. The more leaves a layer, the wider "
                "is its bar. {count} weights in all."
            ).format(count=number(total))
        )


def picture(found: Sequence[Layer]) -> str:
    """The layers as HTML, from the first to the last."""
    most = max(math.log2(1 + math.prod(layer.shape)) for layer in found)
    lines = []
    for layer in found:
        width = 100 * math.log2(1 + math.prod(layer.shape)) / most
        title, made = html.escape(_title(layer)), html.escape(" · ".join(_made(layer)))
        lines.append(f'<div class="bar {layer.kind}" style="width: {width:.0f}%"></div>')
        lines.append(f"<div>{title}<br><small>{made}</small></div>")
    return f'<div class="layers">{"".join(lines)}</div>'


def _title(layer: Layer) -> str:
    """What the layer does."""
    match layer.kind:
        case "filters":
            return _("Filters of {side} × {side} pixels").format(side=layer.kernel)
        case "enlarging":
            return _("Filters of {side} × {side} pixels that double the sides").format(side=layer.kernel)
        case "vectors":
            return _("A vector for each word")
        case "lstm":
            return _("LSTM: reads word by word, and remembers")
        case "gru":
            return _("GRU: reads word by word, and remembers")
        case "code":
            return _("What the image is squeezed into")
        case "members":
            return _("{count} linear layers side by side").format(count=layer.shape[0])
        case _other:
            return _("Linear layer: each of its numbers weighs all that enter")


def _made(layer: Layer) -> list[str]:
    """What leaves it, what is done to that, and its weights."""
    shape = [number(side) for side in layer.shape]
    if layer.kernel:
        maps = n_("{count} map", "{count} maps", layer.shape[0])
        made = [_("{maps} of {size} pixels").format(maps=maps, size=" × ".join(shape[1:]))]
    elif len(shape) == 1:
        made = [n_("{count} number", "{count} numbers", layer.shape[0])]
    elif layer.kind == "members":
        made = [_("{count} numbers each").format(count=shape[-1])]
    else:
        made = [_("{count} numbers for each word").format(count=shape[-1])]
    words = {"normalised": _("normalised"), "rectified": _("nothing below zero")}
    made += [words[name] for name in layer.after]
    return [*made, n_("{count} weight", "{count} weights", layer.weights)]
