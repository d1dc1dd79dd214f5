"""A model that is made in seconds, and what it says of rows that it was not made from."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.findings.evidence import Evidence
from workbench.findings.numbers import numbers

FOLDS = 5
_SEED = 0
_IMAGE_SIDE = 16  # pixels of the copy that is read
_CATEGORIES = 200  # values of a column that are told apart
_HASHED = 1 << 17  # numbers for words, and as many for their pieces
_MANY = 4_000_000  # characters of all texts together
_CHARACTERS, _LEAST_READ = 15_000_000, 200  # that are read of all texts, and of each


def held_out(
    evidence: Evidence, places: NDArray[np.int64], labels: NDArray[np.int64], progress: Callable[[float], None]
) -> NDArray[np.float64]:
    """The probability of each label (columns) for each of the rows at ``places``, from models of the other folds.

    ``labels`` are numbers from 0 without a gap, each at least ``FOLDS`` times.
    """
    from sklearn.model_selection import StratifiedKFold

    inputs, make = _inputs(evidence, places)
    found = np.zeros((len(labels), int(labels.max()) + 1))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=_SEED)
    for fold, (known, asked) in enumerate(folds.split(np.zeros(len(labels)), labels)):
        model = make()
        model.fit(inputs[known], labels[known])
        found[np.ix_(asked, model.classes_)] = model.predict_proba(inputs[asked])
        progress((fold + 1) / FOLDS)
    return found


def _inputs(evidence: Evidence, places: NDArray[np.int64]) -> tuple[Any, Callable[[], Any]]:
    """What the model reads of each row, and how to make one."""
    question = evidence.question
    if question.texts:
        return _words([evidence.texts[place] for place in places.tolist()]), _of_texts
    if question.images and evidence.folder is not None:
        return _pictures(evidence, places), _of_pictures
    columns = list(_features(evidence))
    return np.stack(columns, axis=1)[places], _of_tables


def _words(texts: list[str]) -> Any:
    """Words, pairs of words and pieces of words of each text, each weighed by how few texts have it (a sparse matrix).

    They are told apart by a hash and not by a list, which of many texts would not fit into the memory that there is;
    of many texts less is looked at, too.
    """
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    read = max(_LEAST_READ, _CHARACTERS // len(texts))
    texts = [text[:read] for text in texts]
    many = sum(map(len, texts)) > _MANY
    words = HashingVectorizer(ngram_range=(1, 1 if many else 2), n_features=_HASHED, alternate_sign=False, norm=None)
    pieces = HashingVectorizer(
        analyzer="char_wb", ngram_range=(3, 3) if many else (2, 4), n_features=_HASHED, alternate_sign=False, norm=None
    )
    counted = [make.transform(texts).astype(np.float32) for make in (words, pieces)]
    return hstack([TfidfTransformer(sublinear_tf=True).fit_transform(counts) for counts in counted], format="csr")


def _of_texts() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=3.0, max_iter=100, tol=1e-3)


def _of_tables() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=100, early_stopping=False, min_samples_leaf=10, random_state=_SEED)


def _of_pictures() -> Any:
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fewer = PCA(n_components=0.95, random_state=_SEED)
    return make_pipeline(StandardScaler(), fewer, LogisticRegression(C=0.1, max_iter=300))


def _features(evidence: Evidence) -> Iterator[NDArray[np.float64]]:
    """Each feature as numbers: as they are, or one for each value, frequent ones first."""
    for column in evidence.columns("number", "category", "id", "text"):
        cells = evidence.cells(column.name)
        values = numbers(cells)
        if np.isnan(values).sum() <= column.missing:
            yield values
            continue
        known, codes, counts = np.unique(cells, return_inverse=True, return_counts=True)
        ranks = np.empty(len(known))
        ranks[np.argsort(-counts, kind="stable")] = np.arange(len(known))
        yield np.minimum(ranks, _CATEGORIES)[codes]


def _pictures(evidence: Evidence, places: NDArray[np.int64]) -> NDArray[np.float32]:
    """Small copies in colour, and how strong edges of eight directions are in each sixteenth of the image."""
    from PIL import Image

    assert evidence.folder is not None
    cells = evidence.cells(evidence.question.images[0])
    found = []
    for place in places.tolist():
        try:
            with Image.open(evidence.folder / cells[place]) as image:
                image.draft("RGB", (8 * _IMAGE_SIDE, 8 * _IMAGE_SIDE))
                colours = image.convert("RGB").resize((4 * _IMAGE_SIDE, 4 * _IMAGE_SIDE), Image.Resampling.BILINEAR)
        except (OSError, ValueError, Image.DecompressionBombError):
            colours = Image.new("RGB", (4 * _IMAGE_SIDE, 4 * _IMAGE_SIDE))
        small = colours.resize((_IMAGE_SIDE, _IMAGE_SIDE), Image.Resampling.BOX)
        pixels = np.asarray(small, np.float32).ravel() / 255
        found.append(np.concatenate([pixels, _edges(np.asarray(colours.convert("L"), np.uint8))]))
    return np.stack(found)


def _edges(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Histograms of gradient directions, weighed by strength, in 4 × 4 cells (after Dalal and Triggs, 2005)."""
    down, right = np.gradient(grey.astype(np.float64))
    strength = np.hypot(down, right)
    direction = ((np.arctan2(down, right) + np.pi) / (2 * np.pi) * 8).astype(int) % 8
    cell = np.arange(grey.shape[0]) * 4 // grey.shape[0]
    bins = (cell[:, None] * 4 + cell[None, :]) * 8 + direction
    counts = np.bincount(bins.ravel(), weights=strength.ravel(), minlength=128)
    return (counts / (np.linalg.norm(counts) + 1e-6)).astype(np.float32)
