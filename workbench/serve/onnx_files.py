"""ONNX files that somebody else may have made: what they may not ask for."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from workbench.errors import ModelError


def refuse_outside_data(file: Path) -> None:
    """ONNX may keep weights in other files, anywhere on the disk; ours never do. Raises ModelError (case 74)."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(str(file), load_external_data=False)
    except DecodeError:
        raise ModelError("this is no ONNX file", where=str(file), remedy="Export the model again.") from None
    nodes = (node for function in model.functions for node in function.node)
    for tensor in (*_of_graph(model.graph), *_of_nodes(nodes)):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            named = next((entry.value for entry in tensor.external_data if entry.key == "location"), "another file")
            raise ModelError(
                f"the network wants to read '{named}'",
                where=str(file),
                remedy="It is not opened: a model has all its weights in model.onnx. Take it from where it was made.",
                code="MODEL-74",
            )


def _of_graph(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _of_nodes(graph.node)


def _of_nodes(nodes: Iterable[Any]) -> Iterator[Any]:
    for attribute in (attribute for node in nodes for attribute in node.attribute):
        yield from (attribute.t, *attribute.tensors)
        for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
            yield from (sparse.values, sparse.indices)
        for graph in (attribute.g, *attribute.graphs):
            yield from _of_graph(graph)
