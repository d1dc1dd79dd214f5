"""A pretrained encoder small enough for every test: one layer, sixteen numbers wide, a real tokenizer and format."""

import json
from pathlib import Path

WORDS = [
    "the",
    "a",
    "free",
    "prize",
    "call",
    "now",
    "lunch",
    "at",
    "noon",
    "see",
    "you",
    "win",
    "home",
    "money",
    "=",
    "1",
]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def encoder(folder: Path) -> Path:
    """Write the encoder's folder: config.json, model.safetensors and tokenizer files."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(3)
    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *WORDS, *"bcdefghijklmnopqrstuvwxyz"])}
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    named = {
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **named).save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text())["model_type"] == "bert"
    return folder


def exported(root: Path, name: str = "model", labels: tuple[str, ...] = ("ham", "spam"), text: str = "message") -> Path:
    """A whole exported model folder below ``root``, untrained, as a run would leave it."""
    from workbench.artefacts import folders
    from workbench.evaluate.panels import Score, Scores
    from workbench.export import folder as model_folder
    from workbench.export.card import About
    from workbench.networks.text_encoder import TextClassifier, load_encoder
    from workbench.networks.tokens import load_tokenizer
    from workbench.prepare.normalise_whitespace import NormaliseWhitespace
    from workbench.prepare.strip_html import StripHtml
    from workbench.recipe import Data, Model, Recipe, Step
    from workbench.tasks.text_classification import TASK, TextClassifierFitted
    from workbench.tasks.text_learner import Encoded

    base = encoder(root / "base")
    network, _ = load_encoder(base)
    encoded = Encoded(TextClassifier(network, 16, len(labels), 5).eval(), load_tokenizer(base), labels, 32, "cpu")
    steps = (StripHtml(step="strip-html"), NormaliseWhitespace(step="normalise-whitespace"))
    recipe = Recipe(
        data=Data(source="messages.csv", columns={"text": text, "label": "kind"}),
        prepare=tuple(Step(step=step.step) for step in steps),
        model=Model(id=str(base)),
    )
    scores = Scores(
        rows=40,
        values={"macro_f1": Score(value=0.91, low=0.8, high=0.97), "accuracy": Score(value=0.95)},
        per_class={label: {"precision": 0.9, "recall": 0.8, "f1": 0.85, "support": 20} for label in labels},
    )
    baseline = Scores(rows=40, values={"macro_f1": Score(value=0.7), "accuracy": Score(value=0.75)})
    about = About(
        name="Spam <img src=x onerror=alert(1)>",
        data="messages.csv (version 1)",
        data_sha256="ab" * 32,
        rows={"train": 320, "validation": 40, "test": 40},
        base="starter/minilm-l6",
        base_licence="Apache-2.0",
        scores=scores,
        baseline=baseline,
    )
    with folders.new_folder(root, name) as staged:
        model_folder.write(staged, TASK, recipe, steps, TextClassifierFitted(encoded), about)
    return root / name
