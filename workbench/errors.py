"""Every error a user can meet: what happened, where, and what to do next.

WorkbenchError
├── RecipeError      a key, value or column of a recipe is wrong
├── DataError        a file, table or row cannot be used as it is
├── PackError        a starter pack cannot be fetched or does not match its checksum
├── ModelError       a model folder is missing, damaged, unsafe or does not fit
├── TrainingError    a run cannot start or cannot go on
├── ArtefactError    a folder does not match its manifest, or cannot be written
│   └── NoRoom       the disk is full: nothing was written, and what was there before still is
├── StoreError       the project store cannot be read or written
│   ├── NotFound     no such record, or it belongs to somebody else
│   └── Conflict     somebody changed the record in the meantime
├── JobError         a job is not in a state in which this can be done
├── ServeError       the model server refused, or cannot be reached
└── SafetyError      a setting would expose the workbench
"""


class WorkbenchError(Exception):
    """A problem said in plain words; shown to the user exactly as written.

    ``what`` says what happened ("the column 'label' holds one label"), ``where`` names file, row, column or
    field, ``remedy`` is a sentence that says what to do, ``code`` names the case in docs and tests ("CSV-07").
    """

    def __init__(self, what: str, *, remedy: str, where: str = "", code: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        self.code = code
        super().__init__(str(self))

    def __str__(self) -> str:
        place = " ".join(part for part in (self.code, self.where) if part)
        what = f"{place}: {self.what}" if place else self.what[:1].upper() + self.what[1:]
        return f"{what.rstrip('.')}. {self.remedy}"


class RecipeError(WorkbenchError): ...


class DataError(WorkbenchError): ...


class PackError(WorkbenchError): ...


class ModelError(WorkbenchError): ...


class TrainingError(WorkbenchError): ...


class ArtefactError(WorkbenchError): ...


class NoRoom(ArtefactError): ...


class StoreError(WorkbenchError): ...


class NotFound(StoreError): ...


class Conflict(StoreError): ...


class JobError(WorkbenchError): ...


class ServeError(WorkbenchError): ...


class SafetyError(WorkbenchError): ...
