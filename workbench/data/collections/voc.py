"""Boxes as Pascal VOC keeps them: an XML file beside each image, of the same name."""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element  # nosec B405 # the type only; defusedxml reads

from workbench.data.collections.boxes import Annotated, Box, box, layout
from workbench.data.collections.collection import Collection, Damaged, Entry, at, read, start_of
from workbench.data.collections.name_index import NameIndex
from workbench.data.layout import Layout
from workbench.data.read_options import ReadOptions
from workbench.data.typed_rows import Fault
from workbench.errors import DataError

_SIZE = 10_000_000  # bytes of one XML file
_LOOKED_AT = 20


def annotations(collection: Collection, marked_up: Sequence[Entry]) -> tuple[Entry, ...]:
    """The XML files, if the first of them are annotations of images."""
    fits = any(b"<annotation" in start_of(collection, entry)[:10_000] for entry in marked_up[:_LOOKED_AT])
    return tuple(marked_up) if fits else ()


def layout_of(
    collection: Collection, images: Sequence[Entry], marked_up: Sequence[Entry], options: ReadOptions
) -> tuple[Sequence[Entry], Layout]:
    """The entries that are taken, and a row for each annotated image.

    The upper left corner is (xmin, ymin) as written; width is xmax - xmin. Raises DataError when no annotation has an
    image.
    """
    index = NameIndex(images)
    pairs = [(entry, index.by_stem(entry.name)) for entry in marked_up]
    taken = [image for _, image in pairs if image]
    if not taken:
        raise DataError(
            "no annotation (.xml) has the name of an image",
            where=collection.name,
            remedy="Nothing was imported. Give each annotation the name of its image: dog1.xml for dog1.jpg.",
            code="VOC-00",
        )

    def annotated() -> Iterator[Annotated]:
        for entry, image in pairs:
            yield _annotated(collection, entry, image)

    notes = ("Boxes come from Pascal VOC annotations.",)
    return [*marked_up, *taken], layout(collection, annotated, len(pairs), options, notes)


def _annotated(collection: Collection, entry: Entry, image: Entry | None) -> Annotated:
    where = at(collection, entry)
    if image is None:
        fault = Fault("00", "there is no image of the same name", 0, remedy="Add the image")
        return Annotated(entry.name, None, (), fault, where)
    try:
        return Annotated(entry.name, image, _boxes(read(collection, entry, _SIZE), where))
    except Damaged as damage:
        return Annotated(entry.name, image, (), Fault("24", damage.what, 2), where)


def _boxes(content: bytes, where: str) -> list[Box]:
    """The objects of an annotation. Raises Damaged, and DataError for an attack (case 20)."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise DataError(
            "the annotation declares entities or a document type, which no tool for boxes writes; it may be an attack",
            where=where,
            remedy="Nothing was imported. Ask where it comes from.",
            code="VOC-20",
        ) from None
    except (ParseError, ValueError, LookupError, NotImplementedError) as error:
        raise Damaged(f"the annotation is no XML ({str(error)[:80]})") from None
    return [_box(found, number) for number, found in enumerate(root.iter("object"), 1)]


def _box(found: Element, number: int) -> Box:
    label = (found.findtext("name") or "").strip()
    corners = [(found.findtext(f"bndbox/{side}") or "").strip() for side in ("xmin", "ymin", "xmax", "ymax")]
    try:
        left, top, right, bottom = map(float, corners)
        made = box(label, (left, top), (right - left, bottom - top))
    except ValueError:
        made = None
    if made is None:
        raise Damaged(f"object {number} of the annotation has no name, or no box ({', '.join(corners)[:80]})")
    return made
