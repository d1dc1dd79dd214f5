"""Findings about texts, whatever is said of them; and about how much of them a model reads."""

from workbench.tasks import label_findings
from workbench.tasks.protocol import Finding, Split

READ = 512  # word pieces


def find(split: Split) -> list[Finding]:
    """Empty texts, texts that are in training too, texts that are cut off, and parts that are too small."""
    findings = []
    parts = (split.train, split.validation, split.test)
    if missing := label_findings.without_rows(split):
        return missing
    empty = sum(int((part["text"].str.strip() == "").sum()) for part in parts)
    if empty:
        findings.append(
            Finding(
                "error" if not split.train["text"].str.strip().any() else "warning",
                "CHECK-46",
                f"{empty:,} {'text is' if empty == 1 else 'texts are'} empty.",
                "Add the preparation step 'Drop empty rows'.",
            )
        )
    seen = set(split.train["text"])
    shared = sum(int(part["text"].isin(seen).sum()) for part in (split.validation, split.test))
    if shared:
        findings.append(
            Finding(
                "warning",
                "CHECK-44",
                f"{shared:,} {'row' if shared == 1 else 'rows'} of validation and test also occur in training, so "
                "the scores will look better than they are.",
                "Add the preparation step 'Drop duplicates'.",
            )
        )
    pieces = [estimated_tokens(text) for part in parts for text in part["text"]]
    cut = [count for count in pieces if count > READ]
    if cut:
        findings.append(
            Finding(
                "warning",
                "CHECK-47",
                f"{len(cut):,} {'text is' if len(cut) == 1 else 'texts are'} longer than the about {READ} word pieces "
                f"that most models read: {1 - READ * len(cut) / sum(cut):.0%} of {'it' if len(cut) == 1 else 'them'} "
                "is cut off at the end.",
                "Put what matters first, or cut long texts into several rows in the file.",
            )
        )
    findings += label_findings.few_test_rows(split)
    return findings


def estimated_tokens(text: str) -> int:
    """About how many word pieces a text has, without a tokenizer: the web process chooses lengths too."""
    wide = 0 if text.isascii() else sum(character >= "⺀" for character in text)  # CJK: a piece a character
    narrow = len(text) - wide
    return 2 + wide + round(max(min(len(text.split()) * 1.35, narrow), narrow / 4.5))
