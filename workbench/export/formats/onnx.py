"""ONNX: the network for onnxruntime, which needs no PyTorch."""

from pathlib import Path

from workbench.export.carried import carried
from workbench.export.formats import graphs, parts
from workbench.export.formats.format import About, Format, Tell

SERVE = "workbench.serve"
WEIGHTS = "model.safetensors"


def refused(source: Path, about: About) -> str:
    """Why this model cannot be written as ONNX; "" when it can."""
    if not (source / WEIGHTS).is_file():
        return (
            "it is made of trees and other models of scikit-learn, of which skl2onnx writes neither the missing values "
            "nor the encoded categories; 'folder' keeps them safely (skops, no pickle)"
        )
    if about.get("task") not in graphs.GRAPHS:
        return f"the task '{about.get('task')}' is not written as ONNX yet; 'folder' and 'bf16' are"
    return ""


def write(source: Path, target: Path, tell: Tell, name: str = "onnx", sentence: str = "") -> None:
    """Fill ``target`` with the network in ``model.onnx`` and the scripts that ask it."""
    about = parts.read(source)
    graph = graphs.GRAPHS[about["task"]](source)
    tell("writing the network")
    parts.copy(source, target, without=(WEIGHTS, *graph.without))
    graphs.write(graph, target / "model.onnx")
    for file, (room, module) in {"onnx_session.py": (SERVE, "onnx_session"), **graph.scripts}.items():
        (target / file).write_text(carried(room, module), encoding="utf-8")
    for unneeded in graph.without:
        (target / unneeded).unlink(missing_ok=True)
    (target / "requirements.txt").write_text(parts.requirements(graph.packages), encoding="utf-8")
    parts.describe(source, target, name, sentence or "The network is ONNX, in single precision.", graph.about)


ONNX = Format(
    name="onnx",
    title="ONNX",
    good_for="Runs without PyTorch: on servers, in C++, C#, Java or a browser, and mostly faster on processors.",
    agreement=1.0,
    nearness=0.01,
    close=0.01,
    refused=refused,
    write=write,
)
