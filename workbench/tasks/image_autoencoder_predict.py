"""Predict with this folder's model. It needs torch and Pillow only (requirements.txt).

python predict.py photo.jpg another.png            images of any usual kind: how far each copy is off, and how many of
                                                   a hundred usual images were closer
python predict.py folder --out answers.csv         every image in a folder and in those below it
python predict.py table.csv --out answers.csv      the table has the column that the model was trained on, with names
                                                   of files beside the table (UTF-8)
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path

import torch
from autoencoder import Autoencoder, Shape  # type: ignore[import-not-found]  # the files beside this one
from image_pixels import pixels  # type: ignore[import-not-found]
from image_script import Reader, main  # type: ignore[import-not-found]
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
AT_ONCE = 32


class Copier:
    """Image files in; for each the error of its copy and how unusual that is out."""

    def __init__(self, folder: Path = HERE) -> None:
        self.reader = Reader(folder)
        self.known: list[float] = self.reader.about["known"]
        self.network = Autoencoder(Shape.from_dict(self.reader.about["shape"])).eval()
        self.network.load_state_dict(load_file(folder / "model.safetensors"))

    @torch.inference_mode()
    def rows(self, files: Sequence[Path]) -> list[dict[str, object]]:
        """The mean squared error of each copy, and how many of a hundred images were closer."""
        errors: list[float] = []
        for start in range(0, len(files), AT_ONCE):
            images = torch.stack([self.image(file) for file in files[start : start + AT_ONCE]])
            errors += (self.network(images) - images).square().mean(dim=(1, 2, 3)).tolist()
        return [{"prediction": error, "percentile": self.percentile(error)} for error in errors]

    def image(self, file: Path) -> torch.Tensor:
        """The image as the network takes it, (channels, side, side) from 0 to 1."""
        shape = self.network.shape
        image = self.reader.image(file).convert("L" if shape.channels == 1 else "RGB")
        values: torch.Tensor = torch.from_numpy(pixels(image, shape.side).copy()).permute(2, 0, 1) / 255
        return values

    def percentile(self, error: float) -> float:
        """Equal errors count half."""
        return round(50 * (bisect_left(self.known, error) + bisect_right(self.known, error)) / len(self.known), 2)


if __name__ == "__main__":
    copier = Copier()
    main(
        copier.reader.column,
        copier.rows,
        lambda row: f"{row['prediction']:.4g}\tfurther off than {row['percentile']:g} % of usual images",
    )
