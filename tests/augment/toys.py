"""Tasks that read images or numbers, for what follows from a task's roles; they train nothing."""

from tests.toy import Toy
from workbench.tasks.protocol import Role

LABEL = Role("label", "Label", "The answer.", "category", target=True)


class ToyImages(Toy):
    name = "toy-images"
    roles = (Role("image", "Image", "The picture.", "image"), LABEL)


class ToyNumbers(Toy):
    name = "toy-numbers"
    roles = (Role("features", "Features", "What is known.", "features"), LABEL)


class ToyAmounts(Toy):
    name = "toy-amounts"
    roles = (
        Role("features", "Features", "What is known.", "features"),
        Role("amount", "Amount", "The answer.", "number", target=True),
    )


IMAGES, NUMBERS, AMOUNTS = ToyImages(), ToyNumbers(), ToyAmounts()
