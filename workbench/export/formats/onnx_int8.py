"""ONNX with weights of 8 bits: what is multiplied is rounded on the way (dynamic quantisation of onnxruntime)."""

import json
import logging
from pathlib import Path

from workbench.export.formats import onnx
from workbench.export.formats.format import About, Format, Tell

ATTENTION = ("beit", "deit", "dinov2", "swin", "vit")  # networks for images that hardly convolve


def _refused(source: Path, about: About) -> str:
    if why := onnx.refused(source, about):
        return why
    if about["task"] != "image-classification":
        return ""
    kind = json.loads((source / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind in ATTENTION:
        return ""
    # EfficientNet-Lite, learned on digits to 100 %: 126 of 179 test images were answered otherwise (docs/exporting.md).
    return "it convolves, and convolutions whose range is found while they run lose most answers when they are rounded"


def _write(source: Path, target: Path, tell: Tell) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.registry import IntegerOpsRegistry

    sentence = "The network is ONNX with weights of 8 bits, rounded dynamically by onnxruntime."
    onnx.write(source, target, tell, "onnx-int8", sentence)
    tell("rounding the weights to 8 bits")
    whole = target / "model.whole.onnx"
    (target / "model.onnx").rename(whole)
    logging.getLogger().setLevel(logging.ERROR)  # it advises on every model to be prepared in ways that change nothing
    rounded = [kind for kind in IntegerOpsRegistry if kind != "Conv"]
    quantize_dynamic(whole, target / "model.onnx", op_types_to_quantize=rounded, weight_type=QuantType.QUInt8)
    whole.unlink()


ONNX_INT8 = Format(
    name="onnx-int8",
    title="ONNX, 8 bits",
    good_for="About a quarter of the size and often the fastest on processors; some answers may change.",
    agreement=0.95,
    nearness=0.5,
    close=0.1,
    refused=_refused,
    write=_write,
)
