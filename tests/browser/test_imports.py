"""Three messy files in a real browser, each from upload to a clean, divided data set with previews on the way."""

import io
import random
import zipfile

import pytest
from openpyxl import Workbook
from PIL import Image
from playwright.sync_api import expect

from tests.browser.screen import PATIENCE
from workbench.services import datasets, projects

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def page(screen, store, request):
    """The Data page of a new project."""
    project = projects.create(store, request.node.name)
    window = screen(f"/data?project={project.id}")
    window.sees_title("1 Data")
    window.project = project.id
    return window


def upload(window, name, content):
    window.page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    window.page.wait_for_timeout(500)
    window.settle()


def set_aside(window):
    window.page.wait_for_timeout(500)
    window.settle()
    window.page.get_by_text("and import the rest").click()
    expect(window.page.get_by_role("button", name="Import data")).to_be_enabled(timeout=PATIENCE)


def bring_in(window):
    window.press("Import data")
    expect(window.page.get_by_role("button", name="Use this data")).to_be_visible(timeout=PATIENCE)
    window.settle()


def divided(window, store):
    """Press on through 1 Data and 2 Prepare; the rows as they would be trained on."""
    window.press("Use this data")
    window.sees_title("2 Prepare")
    window.sees("What this does")
    window.settle()
    window.press("Apply preparation")
    window.sees_title("3 Augment")
    draft = projects.draft(store, window.project)
    return datasets.prepared(store, draft.recipe, draft.data_version_id)


def test_a_messy_gbk_table_is_read_as_it_was_meant_cleaned_and_divided(page, store):
    draw = random.Random(4)
    lines = ["评论;标签"]
    for number in range(60):
        mood = number % 2
        words = "".join(draw.choices("好很不错喜欢" if mood else "差太糟失望", k=6))
        lines.append(f"  {words}  第{number}条;{'好评' if mood else '差评'}")
    lines += [lines[5], lines[6], ";好评", "只有一个字段"]
    upload(page, "评论.CSV", "\r\n".join(lines).encode("gb18030"))
    page.sees("GB18030")
    page.press("Read as GB18030", exact=False)
    page.settle()
    page.sees("missing value")
    set_aside(page)
    bring_in(page)
    prepared = divided(page, store)
    rows = [len(part) for part in (prepared.split.train, prepared.split.validation, prepared.split.test)]
    assert sum(rows) == 60, "two copies, an empty text and the short row are gone"
    assert set(prepared.class_counts) == {"好评", "差评"}
    assert page.complaints == []


def test_of_a_workbook_with_two_sheets_one_is_chosen_cleaned_and_divided(page, store):
    book = Workbook()
    book.active.title = "Read me"
    book.active.append(["About"])
    book.active.append(["These are complaints of 2026."])
    sheet = book.create_sheet("Complaints")
    sheet.append(["message", "kind"])
    for number in range(50):
        sheet.append([f"The parcel number {number} {'came late' if number % 2 else 'was broken'}", "ab"[number % 2]])
    sheet.append(["The parcel number 3 came late", "b"])
    content = io.BytesIO()
    book.save(content)
    upload(page, "complaints.xlsx", content.getvalue())
    page.sees("more than one sheet")
    page.page.get_by_test_id("stSelectbox").filter(has_text="Which part of the file").get_by_role("combobox").click()
    page.page.get_by_role("option", name="Complaints").click()
    page.settle()
    page.sees("51 rows, 2 columns")
    bring_in(page)
    prepared = divided(page, store)
    assert sum(prepared.class_counts.values()) == 50 and set(prepared.class_counts) == {"a", "b"}
    assert page.complaints == []


def test_a_zip_of_images_becomes_a_clean_and_divided_data_set(page, store):
    draw = random.Random(1)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(40):
            image = Image.new("RGB", (24, 20), ((200, 40, 40) if number % 2 else (40, 40, 200)))
            image.putpixel((draw.randrange(24), draw.randrange(20)), (255, 255, number))
            file = io.BytesIO()
            image.save(file, "PNG")
            archive.writestr(f"photos/{'red' if number % 2 else 'blue'}/{number}.PNG", file.getvalue())
        archive.writestr("photos/red/copy of 1.png", archive.read("photos/red/1.PNG"))
        archive.writestr("photos/blue/broken.jpg", b"\xff\xd8\xff\xe0 no image at all")
        archive.writestr("__MACOSX/photos/._1.png", b"x")
    upload(page, "photos.zip", content.getvalue())
    set_aside(page)
    bring_in(page)
    page.sees("Give every image one of your labels")
    prepared = divided(page, store)
    assert prepared.class_counts == {"red": 20, "blue": 20}, "the copy and the broken file are gone"
    assert page.complaints == []
