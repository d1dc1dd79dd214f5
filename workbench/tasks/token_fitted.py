"""A trained model that marks entities in texts: how it answers, and how it is kept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import ModelError
from workbench.tasks import word_pieces
from workbench.tasks.protocol import Span, SpanPredictions
from workbench.tasks.tagged_words import TOKENS, tags_of
from workbench.tasks.token_learner import TokenReader


@dataclass(frozen=True, slots=True)
class TokenClassifierFitted:
    """Plain texts, or JSON lists of words, in; pieces of them out. Predicts in exact arithmetic."""

    reader: TokenReader

    def predict(self, rows: pd.DataFrame) -> SpanPredictions:
        reader, names = self.reader, tags_of(self.reader.types)
        texts = [word_pieces.read(cell, reader.way) for cell in rows[TOKENS]]
        count = sum(len(places) for _, places in texts)
        scores = reader.each(reader.windows(texts), count, embed=False)
        assert scores is not None  # nothing can cut it short without a reporter
        best = scores.argmax(axis=1)
        spans, at = [], 0
        for _, places in texts:
            tags = [names[number] for number in best[at : at + len(places)]]
            spans.append(located(places, tags))
            at += len(places)
        return SpanPredictions(tuple(text for text, _ in texts), tuple(spans))

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        from workbench.networks.text_encoder import SCALE, original_config
        from workbench.networks.word_embeddings import whole_state

        reader = self.reader
        save_file(whole_state(reader.network), folder / "model.safetensors", metadata={"format": "pt"})
        original_config(reader.network.encoder).save_pretrained(folder)
        reader.tokenizer.save_pretrained(folder)
        _write(folder / "labels.json", list(reader.types))
        _write(folder / "workbench.json", {"max_length": reader.max_length, "words": reader.way, "scale": SCALE})


def located(places: Sequence[word_pieces.Place], tags: Sequence[str]) -> tuple[Span, ...]:
    """The entities that the words' tags mean, by characters."""
    found = word_pieces.entities(tags)
    return tuple(Span(places[first][0], places[last][1], kind) for first, last, kind in found)


def load(folder: Path, device: str) -> TokenClassifierFitted:
    """What ``save`` wrote. Raises ModelError when a part is missing or does not fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from workbench.models import folder as model_folder
    from workbench.networks.text_encoder import empty_encoder
    from workbench.networks.token_classifier import TokenClassifier
    from workbench.networks.tokens import load_tokenizer

    model_folder.check(folder)  # an imported or copied folder may say anything
    try:
        types = tuple(json.loads((folder / "labels.json").read_text(encoding="utf-8")))
        about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        encoder, config = empty_encoder(folder, device)
        network = TokenClassifier(encoder, int(config.hidden_size), len(tags_of(types))).to(device)
        network.load_state_dict(load_file(folder / "model.safetensors", device=device))
        way, length = str(about["words"]), int(about["max_length"])
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the saved model cannot be read ({error})", where=str(folder), remedy="Export the model again."
        ) from error
    return TokenClassifierFitted(TokenReader(network.eval(), load_tokenizer(folder), types, way, length, device))


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
