"""Models as cards: what they are for, how large, under which licence; and the search on the Hub."""

import streamlit as st

from workbench.models.catalogue import ModelCard
from workbench.services import models
from workbench.ui import messages
from workbench.ui.frame import Here
from workbench.ui.i18n import _, number, size
from workbench.ui.tables import plain


def offered(here: Here, chosen: str, wanted: str) -> None:
    """The models that read what is ``wanted`` ("text" or "image"), the picked one marked."""
    cards = models.offered(here.store, wanted, here.recipe.task)
    if chosen and chosen not in {card.id for card in cards}:
        with messages.shown():
            cards.append(models.card(here.store, chosen))
    with st.grid(3, min_column_width=280, gap="medium"):
        for card in cards:
            with st.container(border=True, height="stretch", key=f"model_card_{card.id}"):
                describe(card)
                st.space("stretch")
                if card.id == chosen:
                    st.badge(_("Chosen"), icon=":material/check:", color="green")
                else:
                    st.button(_("Pick"), key=f"model_pick_{card.id}", on_click=pick, args=(card.id,))


def describe(card: ModelCard) -> None:
    """A card's content."""
    st.header(plain(card.title), anchor=False)
    st.caption(plain(_(card.description)))
    facts = [_("{count} M weights").format(count=number(card.parameters / 1e6, 1))] if card.parameters else []
    facts += [size(card.bytes)] if card.bytes else []
    with st.container(horizontal=True, gap="xsmall"):
        for language in card.languages[:3]:
            st.badge(plain(language), icon=":material/translate:", color="blue")
        for fact in facts:
            st.badge(fact, icon=":material/database:", color="gray")
        st.badge(plain(card.licence), icon=":material/license:", color="violet")
        if card.source == "scratch":
            st.badge(_("Knows nothing yet"), icon=":material/egg:", color="orange")
        if not card.present:
            st.badge(_("Fetched when first used"), icon=":material/cloud_download:", color="orange")


def pick(model_id: str) -> None:
    st.session_state["model_chosen"] = model_id


def folder(here: Here, wanted: str) -> None:
    """A model folder of this machine."""
    beside = _("preprocessor_config.json") if wanted == "image" else _("tokenizer files")
    with st.form("model_folder_form", border=False):
        path = st.text_input(
            _("Folder with config.json, {beside} and model.safetensors").format(beside=beside),
            key="model_folder",
            placeholder=_("/home/me/models/my-encoder"),
            help=_("Any encoder that transformers can load. Other weight formats are refused: they may hold code."),
        )
        if st.form_submit_button(_("Use this folder"), icon=":material/folder:") and path:
            with messages.shown():
                models.folder(here.store, path, wanted)
                pick(path)
                st.rerun()


def hub(here: Here, wanted: str) -> None:
    """Search the Hugging Face Hub, where it can be reached."""
    with st.form("model_hub_form", border=False):
        query = st.text_input(
            _("Words, such as a language or a topic"),
            key="model_query",
            placeholder=_("convnext tiny") if wanted == "image" else _("multilingual minilm"),
        )
        searched = st.form_submit_button(_("Search the Hub"), icon=":material/search:")
    with messages.shown():
        if searched and query:
            with st.spinner(_("Searching …")):
                st.session_state["model_found"] = models.search_hub(query, wanted=wanted)
    for card in st.session_state.get("model_found", ()):
        with st.container(border=True, key=f"model_hub_{card.id}"):
            describe(card)
            if st.button(_("Fetch and pick"), key=f"model_fetch_{card.id}", icon=":material/download:"):
                with messages.shown(), st.spinner(_("Fetching {name} …").format(name=plain(card.title))):
                    models.fetch_hub(here.store, card.id)
                    pick(card.id)
                    st.rerun()
