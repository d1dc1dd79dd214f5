"""A remark where a model cannot read much of the texts: English ones know few signs of other languages."""

from workbench.training.problem import Reporter

MANY = 0.05  # of the words, above which a model is said not to know the language


def tell(share: float, called: str, reporter: Reporter) -> None:
    """Say it when the model has no piece of its own for a large ``share`` of the training texts' ``called``."""
    if share >= MANY:
        reporter.event(
            "remark",
            f"The model knows no word piece for {share:.0%} of the {called} in your training texts, and takes them all "
            "for the same. A model of their language, or one of many languages, would read them.",
        )
