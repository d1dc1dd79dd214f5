"""How much of what is wrong with data is found, and how much of what is found is wrong? Planted in real data, counted.

python -m benchmarks.findings [duplicates images labels leaks speed] [--table FILE.csv TARGET …]

duplicates, images: copies with one small change each are planted; a pair that is put together is right when it comes
from one original. labels: one in twenty labels is changed; of as many rows as were changed, the most suspicious, how
many are they? leaks: columns that give the answer away are planted in tables, which without them must raise none.
speed: 100,000 texts and 100,000 images. Real data: SMS spam (fetched as a pack), scikit-learn's tables, digits and
photographs, and any further table given as a CSV file with the name of its target.
"""

import argparse
import csv
import io
import itertools
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image

from workbench import settings
from workbench.artefacts import packs
from workbench.data.likeness import near_duplicates, similar_images
from workbench.data.likeness.similar_images import Prints
from workbench.data.profiles.profile import profile_table
from workbench.data.sources import samples
from workbench.data.tables import TABLE, write_table
from workbench.findings import leaking_columns, looking
from workbench.findings.evidence import Evidence, Question
from workbench.settings import Limits

SEEDS = 3


def main() -> None:
    parts: dict[str, Callable[[argparse.Namespace], None]] = {
        "duplicates": duplicates,
        "images": images,
        "labels": labels,
        "leaks": leaks,
        "speed": speed,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*parts, []], default=list(parts))
    parser.add_argument("--table", nargs=2, action="append", default=[], metavar=("FILE", "TARGET"))
    options = parser.parse_args()
    for name in options.parts:
        print(f"\n{name}")
        parts[name](options)


def duplicates(_: argparse.Namespace) -> None:
    texts, _labels = spam()
    planted_texts("SMS spam, messages of 20 and more characters", [text for text in texts if len(text) >= 20], EDITS)
    planted_texts("of 20 to 39", [text for text in texts if 20 <= len(text) < 40], EDITS)
    planted_texts("of 40 and more", [text for text in texts if len(text) >= 40], EDITS)


def planted_texts(name: str, texts: Sequence[str], edits: "dict[str, Edit]") -> None:
    """Precision and recall of pairs; texts that are alike by nature are left out before."""
    texts = list(dict.fromkeys(map(near_duplicates.normal, texts)))
    natural = {place for group in near_duplicates.groups(texts, 0.5) for place in group[1:]}
    base = [text for place, text in enumerate(texts) if place not in natural]
    found: list[tuple[str, bool]] = []
    right = wrong = 0
    for seed in range(SEEDS):
        chance = random.Random(seed)
        originals = chance.sample(range(len(base)), min(400, len(base) // 2))
        kinds = [list(edits)[number % len(edits)] for number in range(len(originals))]
        copies = [edits[kind](base[place], chance) for kind, place in zip(kinds, originals, strict=True)]
        of = [*range(len(base)), *originals]
        together = {
            pair for group in near_duplicates.groups([*base, *copies]) for pair in itertools.combinations(group, 2)
        }
        right += sum(of[a] == of[b] for a, b in together)
        wrong += sum(of[a] != of[b] for a, b in together)
        found += [
            (kind, (place, len(base) + number) in together)
            for number, (kind, place) in enumerate(zip(kinds, originals, strict=True))
        ]
    recall = np.mean([hit for _, hit in found])
    print(
        f"{name}: {len(base):,} texts, {len(found):,} planted: precision {right / (right + wrong):.3f}, {recall=:.3f}"
    )
    for kind in edits:
        hits = [hit for one, hit in found if one == kind]
        print(f"    {kind:<18} {np.mean(hits):.3f} of {len(hits)}")


Edit = Callable[[str, random.Random], str]


def _typo(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chance.choice("abcdefghijklmnopqrstuvwxyz") + text[place + 1 :]


def _swap(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) - 1)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _without_a_word(text: str, chance: random.Random) -> str:
    words = text.split()
    del words[chance.randrange(len(words))]
    return " ".join(words)


def _with_a_word(text: str, chance: random.Random) -> str:
    words = text.split()
    words.insert(chance.randrange(len(words) + 1), chance.choice(["really", "please", "now", "the", "ok"]))
    return " ".join(words)


def _other_numbers(text: str, chance: random.Random) -> str:
    return "".join(chance.choice("0123456789") if sign.isdigit() else sign for sign in f"{text} 1")


EDITS: dict[str, Edit] = {
    "case and spaces": lambda text, _: text.upper().replace(" ", "  "),
    "punctuation": lambda text, chance: text + chance.choice(["!!", "...", " :)", "?"]),
    "typo": _typo,
    "letters swapped": _swap,
    "a word less": _without_a_word,
    "a word more": _with_a_word,
    "other digits": _other_numbers,
}


def images(_: argparse.Namespace) -> None:
    """Pieces of two photographs, and the 1,797 handwritten digits, of which none is a copy of another."""
    from sklearn.datasets import load_digits

    with tempfile.TemporaryDirectory() as folder:
        pieces = list(_pieces())
        digits = [Image.fromarray((digit * 15.9).astype(np.uint8)) for digit in load_digits().images]
        paths, of, kinds = [], [], []
        for number, image in enumerate([*pieces, *digits]):
            for kind, change in {"": _as_it_is, **CHANGES}.items():
                if kind and number >= len(pieces):
                    break
                paths.append(Path(folder) / f"{number}-{kind or 'original'}{'.jpg' if kind == 'jpeg' else '.png'}")
                change(image).save(paths[-1], quality=40)
                of.append(number)
                kinds.append(kind)
        found = similar_images.groups(similar_images.prints(paths))
    group = {place: number for number, members in enumerate(found) for place in members}
    pairs = [pair for members in found for pair in itertools.combinations(members, 2)]
    right = sum(of[a] == of[b] for a, b in pairs)
    original = {of[place]: place for place, kind in enumerate(kinds) if not kind}
    hits: dict[str, list[bool]] = {kind: [] for kind in CHANGES}
    for place, kind in enumerate(kinds):
        if kind:
            hits[kind].append(place in group and group[place] == group.get(original[of[place]]))
    recall = np.mean([hit for one in hits.values() for hit in one])
    print(f"{len(paths):,} images: precision {right / len(pairs):.3f}, {recall=:.3f}")
    for kind, one in hits.items():
        print(f"    {kind:<18} {np.mean(one):.3f} of {len(one)}")


def _pieces(side: int = 128) -> Iterator[Image.Image]:
    """Squares of scikit-learn's photographs that show something."""
    from sklearn.datasets import load_sample_images

    for photograph in load_sample_images().images:
        for top in range(0, photograph.shape[0] - side, side):
            for left in range(0, photograph.shape[1] - side + 1, side):
                piece = photograph[top : top + side, left : left + side]
                if piece.std() > 15:
                    yield Image.fromarray(piece)


def _as_it_is(image: Image.Image) -> Image.Image:
    return image


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "jpeg": _as_it_is,
    "smaller": lambda image: image.resize((80, 80)),
    "larger": lambda image: image.resize((300, 300)),
    "grey": lambda image: image.convert("L"),
    "brighter": lambda image: image.point(lambda value: min(255, int(value * 1.05 + 4))),
    "cropped by 2 %": lambda image: image.crop((1, 2, image.width - 1, image.height - 1)),
}


def labels(options: argparse.Namespace) -> None:
    """Of as many rows as were changed, the most suspicious: how many are they? By chance it is one in twenty."""
    texts, given = spam()
    spam_columns = {"text": texts}
    sets: list[tuple[str, dict[str, list[str]], list[str], Question]] = [
        ("SMS spam", spam_columns, given, Question(texts=("text",), target="answer"))
    ]
    for name, columns, answers in tables(options):
        sets.append((name, columns, answers, Question(features=tuple(columns), target="answer")))
    for name, columns, answers, question in sets:
        shares, listed, times = [], [], []
        for seed in range(SEEDS if name != "SMS spam" else 1):
            chance = np.random.default_rng(seed)
            known = np.array(sorted(set(answers)))
            changed = chance.choice(len(answers), len(answers) // 20, replace=False)
            wrong = list(answers)
            for place in changed.tolist():
                wrong[place] = str(chance.choice(known[known != answers[place]]))
            started = time.perf_counter()
            found = asked("suspects", {**columns, "answer": wrong}, question).suspects
            assert found is not None
            times.append(time.perf_counter() - started)
            planted = set(changed.tolist())
            first = [suspect.row for suspect in found.rows[: len(planted)]]
            shares.append(sum(row in planted for row in first) / len(planted))
            listed.append(sum(suspect.row in planted for suspect in found.rows) / max(1, len(found.rows)))
        print(
            f"{name:<16} {len(answers):>6,} rows, {len(changed):>4} changed: found among the first as many "
            f"{np.mean(shares):.2f} ({np.mean(shares) / 0.05:.1f} times chance), of all listed right "
            f"{np.mean(listed):.2f}, {np.mean(times):.1f} s"
        )


def _unwatched(_: float) -> None:
    """For a measurement, nobody needs to see how far it is."""


def leaks(options: argparse.Namespace) -> None:
    """Every leak alone, so that none hides behind another."""
    planted = hits = 0
    for name, columns, answers in tables(options):
        clean = _leaking(columns, answers)
        print(f"{name}: flagged without a leak: {', '.join(clean) or 'nothing'}")
        for kind, make in LEAKS.items():
            found = [
                "planted" in _leaking({**columns, "planted": make(answers, np.random.default_rng(seed))}, answers)
                for seed in range(SEEDS)
            ]
            planted, hits = planted + len(found), hits + sum(found)
            if not all(found):
                print(f"    {kind}: {sum(found)} of {len(found)}")
    print(f"{hits} of {planted} planted leaks found")


def _leaking(columns: dict[str, list[str]], answers: list[str]) -> list[str]:
    question = Question(features=tuple(columns), target="answer")
    return [found.column for found in leaking_columns.find(evidence({**columns, "answer": answers}, question))]


def _codes(answers: Sequence[str]) -> dict[str, int]:
    return {answer: code for code, answer in enumerate(sorted(set(answers)))}


LEAKS: dict[str, Callable[[Sequence[str], np.random.Generator], list[str]]] = {
    "a copy": lambda answers, _: list(answers),
    "a code": lambda answers, _: [f"K{7 * _codes(answers)[answer] + 3}" for answer in answers],
    "a number behind it": lambda answers, chance: [
        f"{_codes(answers)[answer] + chance.uniform(0, 0.9):.4f}" for answer in answers
    ],
    "several words each": lambda answers, chance: [
        f"{'abc'[chance.integers(3)]}{_codes(answers)[answer]}" for answer in answers
    ],
    "the order": lambda answers, _: [
        str(place) for place in np.argsort(np.argsort([_codes(answers)[answer] for answer in answers], kind="stable"))
    ],
    "1 % wrong": lambda answers, chance: [
        answer if chance.random() < 0.99 else str(chance.choice(sorted(set(answers)))) for answer in answers
    ],
}


def speed(_: argparse.Namespace) -> None:
    texts, _labels = spam()
    words = [word for text in texts for word in text.split()]
    chance = random.Random(1)
    many = [" ".join(chance.choices(words, k=chance.randint(5, 25))) for _ in range(95_000)]
    many += [_typo(text, chance) for text in chance.sample(many, 5_000)]
    before = _peak()
    started = time.perf_counter()
    groups = near_duplicates.groups(many)
    spent = time.perf_counter() - started
    print(f"{len(many):,} texts of 5 to 25 words: {spent:.1f} s, {_peak() - before:.0f} MB, {len(groups):,} groups")
    answers = chance.choices(["praise", "complaint", "question"], k=len(many))
    question = Question(texts=("text",), target="answer")
    for wanted in ("report", "suspects"):
        started = time.perf_counter()
        asked(wanted, {"text": many, "answer": answers}, question)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
        print(f"    {wanted} of these texts, in its own process: {time.perf_counter() - started:.1f} s, {peak:.0f} MB")
    draw = np.random.default_rng(1)
    hashes = draw.integers(0, 2**64, 100_000, dtype=np.uint64)
    hashes[:5_000] = hashes[5_000:10_000] ^ np.uint64(1 << 20)
    small = draw.integers(0, 255, (100_000, 16, 16), dtype=np.uint8)
    small[:5_000] = small[5_000:10_000]
    started = time.perf_counter()
    groups = similar_images.groups(Prints(hashes, small, np.arange(100_000)))
    print(f"100,000 hashes of images: {time.perf_counter() - started:.1f} s, {len(groups):,} groups")


def _peak() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def evidence(columns: dict[str, list[str]], question: Question) -> Evidence:
    table = pd.DataFrame(columns, dtype="str")
    return Evidence(table, profile_table(table), question, None)


def asked(wanted: Any, columns: dict[str, list[str]], question: Question) -> looking.Line:
    """What the child process says of a table."""
    with tempfile.TemporaryDirectory() as folder:
        table = pa.table(columns)
        write_table(Path(folder) / TABLE, table, pa.array(range(len(table)), pa.int64()))
        return looking.ask(looking.Request(wanted, Path(folder), "table", question, Limits()), _unwatched)


def spam() -> tuple[list[str], list[str]]:
    """Texts and labels of the sample, equal texts once."""
    sample = samples.by_id("sample/sms-spam")
    assert sample is not None
    folder = packs.fetch(settings.read(), sample.pack)  # type: ignore[arg-type]
    lines = (folder / sample.file).read_text(encoding="utf-8").splitlines()
    rows = {text: label for label, _, text in (line.partition("\t") for line in lines) if text}
    return list(rows), list(rows.values())


def tables(options: argparse.Namespace) -> Iterator[tuple[str, dict[str, list[str]], list[str]]]:
    """Name, columns and answers of each table, as strings."""
    from sklearn import datasets

    for name in ("iris", "wine", "breast_cancer"):
        loaded: Any = getattr(datasets, f"load_{name}")()
        columns = dict(zip(map(str, loaded.feature_names), loaded.data.T.tolist(), strict=True))
        yield name, {one: list(map(str, values)) for one, values in columns.items()}, list(map(str, loaded.target))
    for file, target in options.table:
        rows = list(csv.DictReader(io.StringIO(Path(file).read_text(encoding="utf-8"))))
        columns = {name: [row[name] for row in rows] for name in rows[0] if name != target}
        yield Path(file).stem, columns, [row[target] for row in rows]


if __name__ == "__main__":
    main()
