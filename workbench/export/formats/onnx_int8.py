"""ONNX with weights of 8 bits: what is multiplied is rounded on the way (dynamic quantisation of onnxruntime)."""

import logging
from pathlib import Path

from workbench.export.formats import onnx
from workbench.export.formats.format import Format, Tell


def _write(source: Path, target: Path, tell: Tell) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    sentence = "The network is ONNX with weights of 8 bits, rounded dynamically by onnxruntime."
    onnx.write(source, target, tell, "onnx-int8", sentence)
    tell("rounding the weights to 8 bits")
    whole = target / "model.whole.onnx"
    (target / "model.onnx").rename(whole)
    logging.getLogger().setLevel(logging.ERROR)  # it advises on every model to be prepared in ways that change nothing
    # Convolutions know whole numbers without a sign only.
    quantize_dynamic(whole, target / "model.onnx", weight_type=QuantType.QUInt8)
    whole.unlink()


ONNX_INT8 = Format(
    name="onnx-int8",
    title="ONNX, 8 bits",
    good_for="About a quarter of the size and often the fastest on processors; some answers may change.",
    agreement=0.95,
    nearness=0.5,
    refused=onnx.refused,
    write=_write,
)
