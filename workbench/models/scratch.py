"""Models that begin without weights: they learn from the rows of a project alone."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from workbench.models.autoencoder_settings import AutoencoderSettings, VaeSettings

PREFIX = "scratch/"
_CONFIGS = Path(__file__).with_name("configs")


@dataclass(frozen=True, slots=True)
class Scratch:
    """A model that is ours, or scikit-learn's; its folder holds a ``config.json`` with what it is made of. ``settings``
    says what a recipe can set of it under ``model.settings``."""

    id: str
    title: str
    description: str
    kind: str  # of what it reads: text, image, features or pixels
    parameters: int  # 0 where the rows decide
    task: str | None = None  # the one task that can use it; else all that read its kind
    settings: type[BaseModel] | None = None
    explained: str = ""  # how it works and what it learns by, for those who look at its layers

    @property
    def folder(self) -> Path:
        return _CONFIGS / self.id.removeprefix(PREFIX)


NETWORKS = (
    Scratch(
        id="scratch/lstm",
        title="LSTM, from scratch",
        description="Reads a text word by word, forwards and backwards, and remembers what matters. It knows the words "
        "of your rows and nothing else: small, quick, for any language. Wants thousands of rows.",
        kind="text",
        parameters=0,
        task="text-classification",
        explained="Each word becomes a list of numbers. The LSTM reads these word by word, once from the front and "
        "once from the back, and decides at every word what to keep and what to forget. A last layer turns what it "
        "remembers into a score for each label. It learns by cross-entropy: the less sure it was of the right "
        "label, the more it changes.",
    ),
    Scratch(
        id="scratch/gru",
        title="GRU, from scratch",
        description="Like the LSTM with a simpler memory: a quarter fewer weights, and usually as good.",
        kind="text",
        parameters=0,
        task="text-classification",
        explained="Each word becomes a list of numbers. The GRU reads these word by word, from the front and from "
        "the back, with one memory where an LSTM has two. It learns by cross-entropy: the less sure it was of the "
        "right label, the more it changes.",
    ),
    Scratch(
        id="scratch/transformer",
        title="Small Transformer, from scratch",
        description="Looks at all words of a text at once and learns which of them belong together: built like the "
        "pretrained models, only small and with nothing read before. Learns more slowly than an LSTM.",
        kind="text",
        parameters=0,
        task="text-classification",
        explained="Each word becomes a list of numbers. In every layer, each word asks all others what they mean to "
        "it (attention), and is rewritten by their answers. It learns by cross-entropy: the less sure it was of the "
        "right label, the more it changes.",
    ),
    Scratch(
        id="scratch/small-cnn",
        title="Small CNN, from scratch",
        description="Four layers of filters that know nothing yet. For images unlike photographs, with many rows.",
        kind="image",
        parameters=1_173_216,
        explained="Small filters slide over the image: the first find edges, later ones shapes made of these. After "
        "every two layers the image is half as large. What the filters have found becomes a score for each label. "
        "It learns by cross-entropy: the less sure it was of the right label, the more it changes.",
    ),
    Scratch(
        id="scratch/autoencoder",
        title="Autoencoder, from scratch",
        description="Squeezes every image into a few numbers and draws it anew from them. It learns what your images "
        "have in common; what is unusual in one it cannot draw, and that is how it is found.",
        kind="pixels",
        parameters=0,
        task="image-autoencoder",
        settings=AutoencoderSettings,
        explained="Filters make the image smaller and smaller, until a few numbers are left; others draw it anew "
        "from these. It learns to make the copy like the original, by the squared difference of their pixels, or by "
        "their cross-entropy. There is no room for what only one image has: a copy that is far off shows that "
        "something in its image is unusual.",
    ),
    Scratch(
        id="scratch/vae",
        title="Variational autoencoder (VAE)",
        description="An autoencoder whose numbers form one cloud without gaps, so that it can also invent images: any "
        "point of the cloud is one. Its copies are a little blurrier.",
        kind="pixels",
        parameters=0,
        task="image-autoencoder",
        settings=VaeSettings,
        explained="As in an autoencoder, a few numbers stand for each image, but each of them is a little blurred "
        "by chance while it learns, and all are drawn towards zero. So the loss has two parts: how far copies are "
        "off, and how far the numbers are from one cloud around zero (the KL divergence). Any point of that cloud "
        "can then be drawn as an image.",
    ),
    Scratch(
        id="scratch/best-of",
        title="Best of four quick models",
        description="A linear model, an RBF-SVM, extra trees and boosted trees, each tried on rows that it has not "
        "seen; they answer together, and the better one counts more. Seconds, and hard to beat with few rows.",
        kind="features",
        parameters=0,
    ),
    Scratch(
        id="scratch/boosted-trees",
        title="Boosted trees",
        description="Many small decision trees, each of which mends what those before it got wrong. Strong with "
        "thousands of rows and with categories; needs no scaling.",
        kind="features",
        parameters=0,
    ),
    Scratch(
        id="scratch/extra-trees",
        title="Extra trees",
        description="150 decision trees whose questions are drawn by chance; they vote. Robust against odd numbers, "
        "and large on disk with many rows.",
        kind="features",
        parameters=0,
    ),
    Scratch(
        id="scratch/rbf-svm",
        title="RBF-SVM",
        description="Compares a row with the training rows that lie next to it. Good with few rows and many numbers; "
        "it learns from 5,000 rows at most.",
        kind="features",
        parameters=0,
    ),
    Scratch(
        id="scratch/linear",
        title="Linear model",
        description="Every column pulls the answer up or down by a fixed amount: logistic regression for labels, ridge "
        "regression for numbers. The first to try; done in a moment.",
        kind="features",
        parameters=0,
    ),
    Scratch(
        id="scratch/table-mlp",
        title="Network for tables",
        description="Eight small networks of two hidden layers side by side, which learn your rows in seconds to "
        "minutes and answer together.",
        kind="features",
        parameters=0,
        explained="Numbers are brought to a common scale, and categories become lists of numbers. Eight networks of "
        "a few layers each learn the same rows from other beginnings, and their mean answers. It learns by "
        "cross-entropy where there are labels, and by the squared error where there are numbers.",
    ),
)


def by_id(model_id: str) -> Scratch | None:
    """The network with this id, if there is one."""
    return next((network for network in NETWORKS if network.id == model_id), None)
