"""Choosing a file that is too large for Streamlit's uploader: it comes to the disk in pieces, not into memory."""

from pathlib import Path

import streamlit as st

from workbench.services import uploads
from workbench.ui.files import Brought
from workbench.ui.i18n import _
from workbench.ui.opened import store
from workbench.ui.web.uploads import ADDRESS

HTML = """
<div class="large-upload">
  <label class="large-label"><span class="large-title"></span>
    <input type="file" class="large-file">
  </label>
  <div class="large-state" hidden>
    <progress class="large-bar" max="1" value="0"></progress>
    <button type="button" class="large-cancel"></button>
  </div>
  <p class="large-note" role="status"></p>
</div>
"""
CSS = """
.large-upload { font-family: var(--st-font); color: var(--st-text-color); font-size: 0.875rem; }
.large-label { display: grid; gap: 0.4rem; }
.large-file {
  padding: 1rem; width: 100%; box-sizing: border-box; color: inherit; font: inherit;
  border: 1px dashed var(--st-border-color); border-radius: var(--st-base-radius);
  background: var(--st-secondary-background-color);
}
.large-state { display: flex; gap: 1rem; align-items: center; margin-top: 0.6rem; }
.large-state[hidden] { display: none; }
.large-bar { flex: 1; accent-color: var(--st-primary-color); }
.large-cancel {
  font: inherit; color: inherit; background: transparent; padding: 0.3rem 0.9rem; cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
.large-note { margin: 0.4rem 0 0; min-height: 1.2em; }
"""
_component = st.components.v2.component(
    "workbench_large_upload",
    html=HTML,
    css=CSS,
    js=(Path(__file__).parent / "large_upload.js").read_text(encoding="utf-8"),
)


def choose(label: str, key: str) -> Brought | None:
    """The file that was chosen, once all of it is here; up to ``Limits.large_upload_bytes``."""
    result = _component(
        key=key,
        height="content",
        data={"address": ADDRESS, "piece": uploads.PIECE, "label": label, "words": _words()},
        default={"file": None},
        on_file_change=lambda: None,
    )
    given = result.file
    if not isinstance(given, dict):
        return None
    id, name = str(given.get("id", "")), str(given.get("name", ""))
    path = uploads.whole(store(), id)
    return Brought(id, name, path, lambda: uploads.cancel(store(), id)) if path else None


def _words() -> dict[str, str]:
    return {
        "sending": _("{name}: {done} of {size} MB"),
        "sent": _("{name} is here ({size} MB)."),
        "cancel": _("Cancel"),
        "cancelled": _("The upload was cancelled; nothing was kept."),
        "lost": _("The connection is lost; trying again."),
        "failed": _("The file did not arrive. Choose it again."),
    }
