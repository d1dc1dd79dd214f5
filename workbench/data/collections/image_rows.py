"""The strict pass over images: decoded by two threads, stored, and told in the order in which they came."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.data import images
from workbench.data.collections.collection import Collection, Damaged, Entry, at, read
from workbench.data.image_files import ImageFiles
from workbench.data.images import Picture, Unfit
from workbench.data.layout import Rows
from workbench.data.profiles.image_profile import ImageProfile, ImageTally
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.tally import Reject, RowError, Tally
from workbench.data.typed_rows import Fault
from workbench.settings import Limits

CODE = "IMG"
_THREADS = 2  # Pillow decodes without holding the interpreter
_BYTES_A_PIXEL = 4
_BATCH = 32  # images that are handed to a thread together,
_BATCH_BYTES = 4_000_000  # or as many as have so many bytes
_TINY = 4_000  # bytes of an image; of smaller ones most time goes by holding the interpreter, and threads only wait
_BYTES_AT_ONCE = 50_000_000  # of images that wait
LOOKED_AT = 200  # images that a preview decodes; the import decodes all
_PICTURES = 24  # of which a preview shows so many


@dataclass(frozen=True, slots=True)
class Item:
    """A row to be: its number, its image, and the cells beside the one of the image; or what is wrong, and where."""

    row: int
    entry: Entry | None
    cells: Sequence[str]
    fault: Fault | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class _Job:
    """An item with its file's content."""

    item: Item
    content: bytes
    looked_at: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of a row's image: pictures with their cells, or the fault."""

    item: Item
    pictures: Sequence[tuple[str, Picture]] = ()
    fault: Fault | None = None
    looked_at: bool = True


class ImageRows:
    """Iterates over (row, cells), the first cell naming the stored image; images that cannot be used are tallied.

    ``file_at`` is the place of the file's name among the cells of an item; where a file gives several rows, the
    frame's number is added to it. Without ``into`` somebody only looks: the first 200 images are decoded, for
    ``pictures``. ``table`` are the rows from which ``items`` come, where they have their own problems.
    """

    def __init__(
        self,
        collection: Collection,
        items: Iterable[Item],
        file_at: int,
        columns: int,
        options: ReadOptions,
        limits: Limits,
        reject: Reject | None,
        into: Path | None,
        table: Rows | None = None,
    ) -> None:
        self.good = 0
        self.pictures: dict[int, str] = {}
        self._collection = collection
        self._items = items
        self._file_at = file_at
        self._most = limits.cells // max(1, columns)
        self._options = options
        self._limits = limits
        self._files = ImageFiles(into)
        self._looks = into is None
        self._table = table
        self._undecoded = 0
        self._tally = Tally(reject, "row" if table else "file")
        self._images = ImageTally()

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        beyond = 0  # rows that came from further frames
        for found in self._decoded():
            item = found.item
            if found.fault:
                self._add(item, found.fault)
                continue
            self._undecoded += not found.looked_at
            several = len(found.pictures) > 1
            for frame, (cell, picture) in enumerate(found.pictures or [("", None)], 1):
                self.good += 1
                row = item.row + beyond
                if self.good > self._most:
                    raise RowError(self._too_many(item))
                if picture:
                    self._images.add(picture)
                    if picture.thumbnail and len(self.pictures) < _PICTURES:
                        self.pictures[row] = picture.thumbnail
                cells = [cell, *item.cells]
                if several:
                    cells[1 + self._file_at] = f"{cells[1 + self._file_at]}#{frame}"
                    beyond += frame < len(found.pictures)
                yield row, cells

    @property
    def left_out(self) -> int:
        """How many files cannot be used."""
        return self._tally.count + (self._table.left_out if self._table else 0)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with files so far, each kind once; the question about frames with an answer to it."""
        own = map(self._answered, self._tally.problems())
        return (*(self._table.problems if self._table else ()), *own)

    @property
    def notes(self) -> tuple[str, ...]:
        looked = f"The first {LOOKED_AT} images were opened; the import opens all."
        table = self._table.notes if self._table else ()
        return (*table, *self._images.notes(), *((looked,) if self._undecoded else ()))

    @property
    def images(self) -> ImageProfile | None:
        """What is known of the images that were decoded."""
        return self._images.profile(self._files.count)

    def _answered(self, problem: Problem) -> Problem:
        if problem.code != f"{CODE}-36" or self._options.frames is not None:
            return problem
        chosen = replace(self._options, frames="first")
        return replace(problem, fix=chosen, fix_title="Take the first frame of each")

    def _decoded(self) -> Iterator[_Found]:
        """Every item with what came of it, in order; a few are always being decoded, unless they are very small."""
        waiting: deque[tuple[Future[list[_Found]], int]] = deque()
        with ThreadPoolExecutor(_THREADS, "decode") as pool:
            try:
                for batch in self._batches():
                    size = sum(len(job.content) for job in batch)
                    if size < len(batch) * _TINY and not waiting:
                        yield from self._decode(batch)
                        continue
                    waiting.append((pool.submit(self._decode, batch), size))
                    while len(waiting) > _THREADS or sum(size for _, size in waiting) > _BYTES_AT_ONCE:
                        yield from waiting.popleft()[0].result()
                for found, _ in waiting:
                    yield from found.result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _batches(self) -> Iterator[list[_Job]]:
        """Small images in groups, for handing each over alone would take longer than decoding it; large ones alone."""
        batch: list[_Job] = []
        size = opened = 0
        for item in self._items:
            fault, content = item.fault, b""
            looked_at = fault is None and not (self._looks and opened >= LOOKED_AT)
            if item.entry and looked_at:
                opened += 1
                try:
                    content = read(self._collection, item.entry, self._limits.pixels * _BYTES_A_PIXEL)
                except Damaged as damage:
                    fault = Fault("32", damage.what, 0)
            batch.append(_Job(replace(item, fault=fault), content, looked_at))
            size += len(content)
            if len(batch) == _BATCH or size > _BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _decode(self, batch: Sequence[_Job]) -> list[_Found]:
        return list(map(self._found, batch))

    def _found(self, job: _Job) -> _Found:
        if job.item.fault or not job.looked_at:
            return _Found(job.item, fault=job.item.fault, looked_at=job.looked_at)
        try:
            found = images.pictures(job.content, self._options.frames, self._limits.pixels, thumbnails=self._looks)
        except Unfit as unfit:
            return _Found(job.item, fault=Fault(unfit.case, unfit.what, 0, remedy=unfit.remedy))
        return _Found(
            job.item, [(self._files.keep(one.content, one.ending), replace(one, content=b"")) for one in found]
        )

    def _add(self, item: Item, fault: Fault) -> None:
        self._tally.add(
            f"{CODE}-{fault.case}", item.row, ["", *item.cells], fault.what, self._place(item), fault.remedy
        )

    def _place(self, item: Item) -> str:
        return item.where or (at(self._collection, item.entry) if item.entry else self._collection.name)

    def _too_many(self, item: Item) -> Problem:
        return Problem(
            level="error",
            code=f"{CODE}-18",
            where=self._place(item),
            what=f"the table has more than {self._limits.cells:,} cells",
            remedy="Take the first frame of each file, or fewer files.",
        )
