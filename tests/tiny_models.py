"""Randomly initialised encoders with a WordPiece tokenizer, small enough to be made and trained within a test."""

import json
from pathlib import Path

WORDS = (  # noqa: SIM905  (read as a sentence)
    "the a we you i it is are was good bad fine awful great poor lovely terrible happy sad film book song meal day "
    "trip and but so very really not at all in on with for story end start actor taste room staff view price free win "
    "prize call now text claim cash urgent mobile week hope see later home work ok thanks love dinner tonight"
).split()
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,!?'"
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
KINDS = {
    "bert": {},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64},
    "roberta": {},
    "xlm-roberta": {},
    "camembert": {},
    "mpnet": {},
    "electra": {"embedding_size": 16},
    "deberta-v2": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 16},
    "albert": {"embedding_size": 16},
    "modernbert": {"global_attn_every_n_layers": 2, "local_attention": 16},
}


def tokens() -> list[str]:
    return [*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS), *WORDS]


def tokenizer_into(folder: Path) -> None:
    """A fast WordPiece tokenizer of few words, all letters and their continuations."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens()))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=ends)
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **names).save_pretrained(folder)


def encoder_into(folder: Path, kind: str = "bert", seed: int = 0) -> Path:
    """A whole model folder of the given kind; the same seed gives the same weights."""
    import torch
    from transformers import AutoConfig, AutoModel

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer_into(folder)
    size = len(json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"])
    special = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3}
    sizes = {} if kind == "distilbert" else SIZES
    config = AutoConfig.for_model(kind, vocab_size=size, max_position_embeddings=80, **(special | sizes | KINDS[kind]))
    torch.manual_seed(seed)
    AutoModel.from_config(config).save_pretrained(folder)
    return folder
