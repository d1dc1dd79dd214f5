"""What an archive or a folder holds decides what becomes of it; what is taken and what is left out is said."""

import base64
import io
import json
from itertools import product

import numpy as np
import openpyxl
import pytest
from PIL import Image

from tests.data.packs import Pack, png
from workbench.data import images, reading
from workbench.data.image_files import CELL, file_of, link_images
from workbench.data.profiles import profile
from workbench.data.read_options import ReadOptions
from workbench.settings import Limits

VOC = """<annotation><folder>x</folder><filename>wrong.jpg</filename>{objects}</annotation>"""
OBJECT = """<object><name>{}</name><pose>left</pose><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax>
<ymax>{}</ymax></bndbox></object>"""


@pytest.fixture
def pack(tmp_path):
    return Pack(tmp_path)


@pytest.fixture(params=["zip", "folder"])
def packed(request, pack):
    """Packs files into an archive, and then the same files into a folder."""
    return getattr(pack, request.param)


def gif(frames):
    made = [Image.new("RGB", (8, 8), (40 * number, 0, 0)) for number in range(frames)]
    content = io.BytesIO()
    made[0].save(content, "GIF", save_all=True, append_images=made[1:])
    return content.getvalue()


def coco(**change):
    content = {
        "info": {"year": 2024},
        "images": [
            {"id": 1, "file_name": "a.png", "width": 9, "height": 9},
            {"id": 2, "file_name": "b.png", "width": 9, "height": 9},
        ],
        "annotations": [
            {"id": 7, "image_id": 1, "category_id": 3, "bbox": [1, 2, 3.5, 4], "segmentation": [[1, 2, 3]]},
            {"id": 8, "image_id": 1, "category_id": 4, "bbox": [0, 0, 9, 9]},
            {"id": 9, "image_id": 99, "category_id": 4, "bbox": [0, 0, 9, 9]},
        ],
        "categories": [{"id": 3, "name": "cat"}, {"id": 4, "name": "dog"}],
    }
    return json.dumps({**content, **change})


def test_the_folder_is_the_class(packed):
    pack = packed({f"animals/{label}/{number}.png": png(number) for label in ("cat", "dog") for number in range(3)})
    table = pack.table()
    assert table.columns.tolist() == ["image", "label", "file"]
    assert table["label"].tolist() == ["cat"] * 3 + ["dog"] * 3
    assert table["file"][4] == "animals/dog/1.png" and all(map(CELL.fullmatch, table["image"]))
    assert len(pack.stored()) == 3  # cats and dogs share their three pictures
    notes = pack.take().notes
    assert "Everything lies in the folder 'animals', which is passed over." in notes
    assert "2 classes by folder: cat (3), dog (3)." in notes


def test_images_without_folders_have_no_class(pack):
    assert pack.zip({"a.png": png(1), "b.png": png(2)}).table().columns.tolist() == ["image", "file"]
    table = pack.zip({"a.png": png(1), "cat/b.png": png(2)}).table()
    assert table["label"].tolist() == ["", "cat"]


@pytest.mark.parametrize("top", ["", "data/"])
def test_train_and_test_folders_split_the_data(pack, top):
    names = ["train/cat/1.png", "Val/dog/2.png", "test/cat/3.png"]
    table = pack.zip({f"{top}{name}": png(number) for number, name in enumerate(names)}).table()
    assert table["split"].tolist() == ["validation", "test", "train"]
    assert table["label"].tolist() == ["dog", "cat", "cat"]


def test_what_is_not_taken_is_counted(packed):
    pack = packed({"cat/1.png": png(1), "dog/2.png": png(2), "README.md": "x", "notes.docx": b"x", "b.docx": b"x"})
    assert "Left out: 2 of .docx, 1 of .md." in pack.take().notes


def test_the_preview_opens_a_few_of_each_class(pack):
    pack.zip({f"{label}/{number:03}.png": png(number) for label in ("cat", "dog", "owl") for number in range(200)})
    found = pack.preview(head=9)
    assert (found.format, found.rows, found.complete) == ("zip archive", 600, True)
    assert [cells[1] for cells in found.cells] == ["cat", "dog", "owl"] * 3
    assert "The first 200 images were opened; the import opens all." in found.notes
    assert set(found.pictures) == set(range(9))
    picture = found.pictures[0].removeprefix("data:image/jpeg;base64,")
    assert Image.open(io.BytesIO(base64.b64decode(picture))).format == "JPEG"
    assert max(Image.open(io.BytesIO(base64.b64decode(picture))).size) == 90
    assert len(pack.preview(head=50).pictures) == 24


def test_pictures_travel_between_processes(pack):
    pack.zip({"cat/1.png": png(1), "dog/2.png": png(2)})
    found = reading.preview(pack.path, pack.name, ReadOptions(), Limits())
    assert found.pictures.keys() == {0, 1} and found.columns == ("image", "label", "file")


def test_the_profile_knows_the_images(pack):
    pack.zip({"cat/1.png": png(1, size=8), "dog/1.jpg": png(2, size=20, format="JPEG"), "dog/2.png": png(1, size=8)})
    pack.take()
    found = profile.from_dict(json.loads((pack.into / "profile.json").read_text())).images
    assert found is not None and (found.count, found.distinct) == (3, 2)
    assert (found.width.least, found.width.median, found.width.most) == (8, 8, 20)
    assert found.formats == {"PNG": 2, "JPEG": 1} and found.modes == {"RGB": 3} and found.changes == {}
    assert 0 < found.brightness.least <= found.brightness.most < 255


def test_case_32_images_that_are_cut_off_are_set_aside(pack):
    whole = png(3, size=300, format="JPEG")
    pack.zip({"cat/1.jpg": whole[: len(whole) // 2], "cat/2.png": png(1), "dog/3.png": png(2)})
    assert "IMG-32 animals.zip, entry 'cat/1.jpg': the image is damaged or cut off" in pack.refused()
    assert pack.preview().problems[0].can_set_aside
    assert pack.table(set_aside=True)["file"].tolist() == ["cat/2.png", "dog/3.png"]
    assert pack.rejects()[1][0] == "1" and pack.rejects()[1][-2:] == ["cat", "cat/1.jpg"]
    assert len(pack.stored()) == 2


def test_case_33_too_many_pixels_are_set_aside(pack):
    pack.zip({"cat/1.png": png(1, size=300), "dog/2.png": png(2)})
    message = pack.refused(limits=Limits(pixels=10_000))
    assert "IMG-33 animals.zip, entry 'cat/1.png': the image has 300 x 300 pixels; the limit is 0.01 million" in message


def test_case_34_conversions_are_reported(pack):
    layers = io.BytesIO()
    Image.new("RGBA", (9, 9), (1, 2, 3, 99)).save(layers, "PNG")
    notes = pack.zip({"cat/1.png": layers.getvalue(), "dog/2.png": png(2)}).take().notes
    assert "Converted: 1 transparency put on white." in notes


def test_case_36_frames_are_asked_for(pack):
    pack.zip({"cat/1.gif": gif(3), "dog/2.png": png(2)})
    problem = pack.preview().problems[0]
    assert problem.code == "IMG-36" and "3 frames" in problem.what and problem.fix.frames == "first"
    assert "Say which of them become rows" in pack.refused()
    assert pack.table(frames="first")["file"].tolist() == ["cat/1.gif", "dog/2.png"]
    table = pack.table(frames="all")
    assert table["file"].tolist() == ["cat/1.gif#1", "cat/1.gif#2", "cat/1.gif#3", "dog/2.png"]
    assert table.index.tolist() == [0, 1, 2, 3] and len(pack.stored()) == 4


def test_case_38_what_only_looks_like_an_image_is_set_aside(pack):
    pack.zip({"cat/1.png": b"8BPS" + b"\0" * 50, "cat/2.psd": b"8BPS" + b"\0" * 50, "dog/3.png": png(1)})
    assert "IMG-38 animals.zip, entry 'cat/1.png': the content is no image of a kind that is read" in pack.refused()
    assert pack.preview().problems[0].count == 2
    assert pack.table(set_aside=True)["file"].tolist() == ["dog/3.png"]


@pytest.mark.parametrize("called", ["{}.png", "{}", "pictures/{}.png", ".\\pictures\\{}.png", "{}.PNG"])
def test_a_table_names_the_images(packed, called):
    rows = "".join(f"{number % 2},{called.format(f'p{number}')},{number}\n" for number in range(6))
    pack = packed(
        {
            "set/labels.csv": f"label,name,age\n{rows}",
            **{f"set/pictures/p{number}.png": png(number) for number in range(6)},
        }
    )
    table = pack.table()
    assert table.columns.tolist() == ["image", "label", "file", "age"]
    assert table["file"][3] == "set/pictures/p3.png" and table["label"].tolist() == ["0", "1"] * 3
    assert pack.take().notes[0].startswith("The images are named by the column 'name' of")


def test_an_image_that_a_table_names_but_is_not_there(pack):
    files = {
        "labels.csv": "image,label\n1.png,a\n2.png,b\n3.png,a\n,b\n",
        "1.png": png(1),
        "2.png": png(2),
        "9.png": png(9),
    }
    message = pack.zip(files).refused()
    assert "IMG-00 animals.zip › labels.csv, row 4, column \"image\": the table names the image '3.png'" in message
    assert pack.table(set_aside=True)["file"].tolist() == ["1.png", "2.png"]
    assert [row[0] for row in pack.rejects()[1:]] == ["4", "5"]


def test_what_a_table_names_is_counted_in_rows(pack):
    files = {"labels.csv": "image,label\n1.png,a\n2.png,b\n8.png,a\n9.png,b\n", "1.png": png(1), "2.png": png(2)}
    message = pack.zip(files).refused()
    assert "set aside 2 rows like it. Rows: 4, 5." in message and "files like it" not in message


def test_problems_of_the_table_stay_problems(pack):
    files = {
        "labels.csv": "file,label\n1.png,a\n2.png\n3.png,b\n",
        **{f"{number}.png": png(number) for number in (1, 2, 3)},
    }
    assert "CSV-07 animals.zip › labels.csv, row 3" in pack.zip(files).refused()
    assert pack.table(set_aside=True)["label"].tolist() == ["a", "b"]


def test_images_beside_a_table_of_other_matters(pack):
    pack.zip({"cat/1.png": png(1), "dog/2.png": png(2), "prices.csv": "product,price\nmilk,1\n"})
    found = pack.preview()
    assert found.parts == ("images", "prices.csv") and found.errors[0].fix.part == "images"
    assert pack.table(part="images")["label"].tolist() == ["cat", "dog"]
    assert pack.table(part="prices.csv")["product"].tolist() == ["milk"]


def test_a_single_table_is_read_as_if_it_lay_there_alone(packed):
    pack = packed({"data/reviews.csv": "text,label\ngood,a\nbad,b\n", "README.txt": "x"})
    assert pack.table()["text"].tolist() == ["good", "bad"]
    assert "Left out: 1 of .txt." in pack.take().notes
    message = packed({"data/reviews.csv": "text,label\ngood\n", "README.txt": "x"}).refused()
    assert message.startswith(f"CSV-07 {pack.name} › data/reviews.csv, row 2")


def test_a_part_that_there_is_not_is_refused(packed):
    pack = packed({"data/reviews.csv": "text,label\ngood,a\nbad,b\n"})
    assert "no part 'Sheet7'" in pack.refused(part="Sheet7")
    assert len(pack.table(part="data/reviews.csv")) == 2
    assert "no part 'Sheet7'" in packed({"a/1.txt": "one", "b/2.txt": "two"}).refused(part="Sheet7")


TAGGED = {
    "ner/README.txt": "Words with tags.",
    "ner/dev.txt": "Rome B-LOC\nburns O\n\nOslo B-LOC\nis O\n",
    "ner/train.txt": "# a comment\nAnna B-PER\nsleeps O\n\nBen B-PER\n\nCarl B-PER\nsays so O\n",
}


def test_files_of_words_with_tags_become_one_table(packed):
    pack = packed(TAGGED)
    found = pack.preview()
    assert found.columns == ("tokens", "tags", "file")
    assert found.parts == ("all files", "ner/dev.txt", "ner/train.txt") and found.options.part == "all files"
    assert "2 files are read one after the other" in found.notes[0]
    assert "Left out: 1 of .txt." in found.notes
    message = pack.refused()
    assert message.startswith(f"CONLL-09 {pack.name} › ner/train.txt, sentence 3 (line 7): line 8 has 3 columns")
    table = pack.table(set_aside=True)
    assert table["file"].tolist() == ["ner/dev.txt", "ner/dev.txt", "ner/train.txt", "ner/train.txt"]
    assert table["tokens"].tolist() == ['["Rome", "burns"]', '["Oslo", "is"]', '["Anna", "sleeps"]', '["Ben"]']
    assert table.index.tolist() == [0, 1, 2, 3] and pack.rejects()[1][0] == "5"
    assert len(pack.table(part="ner/dev.txt")) == 2


def test_a_file_that_tells_about_the_others_is_no_text_of_a_class(packed):
    files = {f"{part}/{kind}/{n}.txt": "words" for n, (part, kind) in enumerate(product(("train", "test"), "ab"))}
    pack = packed({"README.md": "About these texts.", "LICENSE.txt": "Free.", **files})
    assert pack.preview().columns == ("text", "label", "file", "split")
    assert pack.table()["label"].tolist() == ["a", "b", "a", "b"]


def test_texts_of_classes_are_still_no_words_with_tags(packed):
    pack = packed({"pos/1.txt": "Anna B-PER\nsleeps O\n", "neg/2.txt": "It was late, and it rained."})
    assert pack.preview().columns == ("text", "label", "file")


def test_one_of_several_tables_is_chosen(packed):
    book = openpyxl.Workbook()
    for sheet, word in ((book.active, "one"), (book.create_sheet("Two"), "two")):
        sheet.append(["text"])
        sheet.append([word])
    content = io.BytesIO()
    book.save(content)
    pack = packed({"a.csv": "text;label\ngood;a\n", "b.xlsx": content.getvalue()})
    found = pack.preview()
    assert found.parts == ("a.csv", "b.xlsx") and found.errors[0].fix.part == "a.csv"
    assert "more than one table" in pack.refused()
    assert pack.table(part="a.csv")["label"].tolist() == ["a"]
    found = pack.preview(part="b.xlsx")
    assert found.parts == ("a.csv", "b.xlsx › Sheet", "b.xlsx › Two") and found.errors[0].fix.part == "b.xlsx › Sheet"
    assert pack.table(part="b.xlsx › Two")["text"].tolist() == ["two"]
    assert "Did you mean 'a.csv'?" in pack.refused(part="a.tsv")


def test_texts_in_folders(packed):
    pack = packed({"t/good/1.txt": "fine\r\nindeed\r\n", "t/good/2.txt": "\ufeffwell".encode(), "t/bad/1.txt": "no"})
    table = pack.table()
    assert table.columns.tolist() == ["text", "label", "file"]
    assert table["text"].tolist() == ["no", "fine\nindeed", "well"] and table["label"].tolist() == [
        "bad",
        "good",
        "good",
    ]


def test_texts_in_another_encoding_are_asked_about(pack):
    pack.zip(
        {"好/1.txt": "这家餐厅的服务非常好，下次还会再来。".encode("gbk"), "坏/2.txt": "等了两个小时，菜都是凉的。"}
    )
    problem = pack.preview().problems[0]
    assert problem.code == "TEXT-01" and problem.fix.encoding == "gb18030" and "entry '好/1.txt'" in problem.where
    assert "TEXT-01" in pack.refused()
    assert set(pack.table(encoding="gb18030")["text"]) == {
        "这家餐厅的服务非常好，下次还会再来。",
        "等了两个小时，菜都是凉的。",
    }
    assert "TEXT-03 animals.zip, entry '好/1.txt'" in pack.refused(encoding="utf-8")


def test_a_text_that_is_too_long_is_set_aside(pack):
    pack.zip({"a/1.txt": "x" * 2000, "b/2.txt": "fine"})
    assert "TEXT-14 animals.zip, entry 'a/1.txt'" in pack.refused(limits=Limits(cell_bytes=1000))
    assert pack.table(limits=Limits(cell_bytes=1000), set_aside=True)["text"].tolist() == ["fine"]


def test_boxes_in_cocos_format(packed):
    pack = packed(
        {"annotations/instances.json": coco(), "images/a.png": png(1), "images/b.png": png(2), "c.png": png(3)}
    )
    table = pack.table()
    assert table.columns.tolist() == ["image", "file", "boxes"] and table["file"].tolist() == [
        "images/a.png",
        "images/b.png",
    ]
    assert json.loads(table["boxes"][0]) == [
        {"label": "cat", "x": 1, "y": 2, "width": 3.5, "height": 4},
        {"label": "dog", "x": 0, "y": 0, "width": 9, "height": 9},
    ]
    assert json.loads(table["boxes"][1]) == []
    notes = pack.take().notes
    assert "Boxes whose image is not listed are left out: 1." in notes and "Left out: 1 of .png." in notes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"categories": 5}, 'there is no list "categories" in it'),
        ({"images": [{"id": 1, "file_name": "a.png"}, {"id": 1, "file_name": "b.png"}]}, "given to two images"),
        ({"annotations": [{"image_id": 1}]}, "has no 'category_id'"),
        ({"categories": [3]}, "no image, category or annotation"),
    ],
)
def test_a_coco_file_that_is_not_as_it_should_be(pack, change, said):
    message = pack.zip({"i.json": coco(**change), "a.png": png(1), "b.png": png(2)}).refused()
    assert message.startswith("COCO-24 animals.zip, entry 'i.json'") and said in message


def test_a_box_that_is_none_is_set_aside(pack):
    for boxes in ([1, 2, 3], [1, 2, 0, 4], ["x", 1, 2, 3], [1, 2, float("inf"), 3], None):
        wrong = [{"image_id": 1, "category_id": 3, "bbox": boxes}]
        pack.zip({"i.json": coco(annotations=wrong), "a.png": png(1), "b.png": png(2)})
        assert (
            "IMG-24 animals.zip, entry 'i.json', image \"a.png\": annotation 1 of this image has no box"
            in pack.refused()
        )
        assert pack.table(set_aside=True)["file"].tolist() == ["b.png"]


def test_boxes_in_pascal_vocs_format(packed):
    pack = packed(
        {
            "JPEGImages/1.jpg": png(1, format="JPEG"),
            "JPEGImages/2.jpg": png(2, format="JPEG"),
            "JPEGImages/3.jpg": png(3, format="JPEG"),
            "Annotations/1.xml": VOC.format(
                objects=OBJECT.format("cat", 1, 2, 5, 8.5) + OBJECT.format("dog", 0, 0, 9, 9)
            ),
            "Annotations/2.xml": VOC.format(objects=""),
        }
    )
    table = pack.table()
    assert table["file"].tolist() == ["JPEGImages/1.jpg", "JPEGImages/2.jpg"]
    assert json.loads(table["boxes"][0])[0] == {"label": "cat", "x": 1, "y": 2, "width": 4, "height": 6.5}
    assert table["boxes"][1] == "[]" and "Left out: 1 of .jpg." in pack.take().notes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (VOC.format(objects=OBJECT.format("cat", 1, 2, 1, 8)), "IMG-24"),
        (VOC.format(objects=OBJECT.format("", 1, 2, 5, 8)), "no name, or no box"),
        (VOC.format(objects=OBJECT.format("cat", "a", 2, 5, 8)), "object 1 of the annotation"),
        ("<annotation><object>", "the annotation is no XML"),
    ],
)
def test_a_voc_annotation_that_is_not_as_it_should_be(pack, content, said):
    files = {"1.xml": content, "1.png": png(1), "2.xml": VOC.format(objects=""), "2.png": png(2)}
    message = pack.zip(files).refused()
    assert "entry '1.xml'" in message and said in message
    assert pack.table(set_aside=True)["file"].tolist() == ["2.png"]


def test_case_20_entities_in_an_annotation_are_refused(pack):
    hostile = '<!DOCTYPE annotation [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + VOC.format(objects="&x;")
    files = {"1.xml": hostile, "1.png": png(1), "2.xml": VOC.format(objects=""), "2.png": png(2)}
    assert "VOC-20 animals.zip, entry '1.xml': the annotation declares entities" in pack.zip(files).refused(
        set_aside=True
    )


def test_what_a_killed_reader_unpacked_is_removed(pack, tmp_path):
    pack.zip({"a.csv": "text,label\n" + "fine,a\n" * 4_000_000})

    def watch(_progress):
        if list(tmp_path.glob("errand-*/entry-*/entry")):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reading.take(pack.path, pack.name, ReadOptions(), Limits(), pack.into, progress=watch)
    assert {path.name for path in tmp_path.iterdir()} == {"upload", "into"}


@pytest.mark.slow
def test_images_of_fifty_million_pixels_fit_into_the_readers_memory(pack):
    grey = np.add.outer(np.arange(7000), np.arange(7000))
    layers = Image.fromarray(np.dstack([grey.astype(np.uint8)] * 4), "RGBA")
    files = {}
    for name, image in (("a/1.png", layers), ("a/2.png", layers), ("b/3.bmp", layers.convert("RGB"))):
        content = io.BytesIO()
        image.save(content, name[-3:].upper())
        files[name] = content.getvalue()
    content = io.BytesIO()
    Image.fromarray(grey.astype(np.float32)).save(content, "TIFF")
    pack.zip({**files, "b/4.tif": content.getvalue()})
    assert reading.take(pack.path, pack.name, ReadOptions(), Limits(), pack.into).rows == 4


def test_versions_share_their_images(pack, tmp_path):
    table = pack.zip({f"cat/{number}.png": png(number) for number in range(4)}).table()
    second, third = tmp_path / "second", tmp_path / "third"
    assert link_images(pack.into, second) == 4
    assert link_images(pack.into, third, [table["image"][0], "../../etc/passwd", table["image"][0]]) == 1
    for cell in table["image"]:
        assert file_of(second / "images", cell).read_bytes() == file_of(pack.into / "images", cell).read_bytes()
    assert file_of(second / "images", table["image"][0]).samefile(file_of(pack.into / "images", table["image"][0]))
    assert file_of(second / "images", "../../table.parquet") is None


def test_names_that_promise_images_are_all_listed():
    assert set(images.ENDINGS) >= {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".psd", ".fits"}
