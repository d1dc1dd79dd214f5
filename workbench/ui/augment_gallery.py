"""One training image as several epochs draw it, beside the image as it is."""

import json
from pathlib import Path

import streamlit as st

from workbench.augment import previewing
from workbench.augment.previewing import Picture
from workbench.data import image_files
from workbench.prepare import images
from workbench.prepare.prepared import Prepared
from workbench.services import datasets
from workbench.services.workbench import Store
from workbench.tasks.resolve import Resolved
from workbench.ui.i18n import _, number, percent

DRAWS = 11  # with the image itself three rows of four


def show(store: Store, resolved: Resolved, prepared: Prepared, version_id: str, position: int) -> None:
    """The image of the training row at ``position``, and its draws when a step is on. Raises DataError when they cannot
    be drawn."""
    rows, role = prepared.split.train, resolved.roles.images[0]
    folder = datasets.folder(store, version_id) / image_files.FOLDER
    changes = images.of_column(prepared.transforms, resolved.roles.columns[role])
    numbers = [int(row) for row in rows.index]
    place = {row: count for count, row in enumerate(numbers)}

    def path_of(row: int) -> Path:
        cells = [folder / str(rows[role].iloc[place[row]])]
        return next(images.prepared(cells, changes, store.settings.cache / "images"))

    row, made = numbers[position], resolved.augmenter
    name = _("Row {number}, as it is").format(number=number(row + 1))
    if made is None or made.images is None:
        previewing.begin()
        st.image(str(path_of(row)), caption=name, alt=name, width=2 * previewing.SIZE)
        return
    partners: list[Path | None] = []
    for epoch in range(DRAWS):
        found = made.images.partners([row], epoch, numbers)
        other = row if found is None else int(found[0])
        partners.append(None if other == row else path_of(other))
    steps = json.dumps([step.model_dump() for step in resolved.augment])
    with st.grid(4, min_column_width=120, gap="small"):
        for epoch, picture in enumerate(_draws(path_of(row), row, steps, resolved.recipe.seed, tuple(partners))):
            words = _("Epoch {number}").format(number=epoch) if epoch else name
            if picture.weight < 1:
                words += ", " + _("{share} of it").format(share=percent(picture.weight, 0))
            st.image(picture.jpeg, caption=words, alt=words, width="stretch")


@st.cache_data(show_spinner=False, max_entries=64)
def _draws(image: Path, row: int, steps: str, seed: int, partners: tuple[Path | None, ...]) -> tuple[Picture, ...]:
    """Kept while nothing that matters changes: a process of its own draws them."""
    return previewing.draws(image, row, json.loads(steps), seed, partners)
