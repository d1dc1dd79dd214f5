"""What the product's code must not contain, read from its syntax trees: it cannot be forgotten in a review."""

import ast
from collections.abc import Callable, Container, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from workbench.settings import ROOT

BANNED_MODULES = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}
BANNED_CALLS = {"eval", "exec", "compile", "__import__"}
BANNED_ATTRIBUTES = {("torch", "load"), ("yaml", "load"), ("yaml", "unsafe_load"), ("os", "system"), ("os", "popen")}
BANNED_TRUE = {"shell", "unsafe_allow_html", "trust_remote_code", "allow_pickle", "unsafe_allow_javascript"}
HEAVY = {
    "torch",
    "transformers",
    "datasets",
    "sklearn",
    "tokenizers",
    "accelerate",
    "peft",
    "cleanlab",
    "captum",
    "skops",
}
# Only the worker and the model server load these modules, never the web process (docs/architecture.md).
HEAVY_ALLOWED = ("workbench/networks/", "workbench/training/", "workbench/serve/", "workbench/jobs/worker")
# What an exported model folder carries; it is copied, never imported.
CARRIED = {
    "workbench/tasks/text_classification_predict.py",
    "workbench/tasks/text_regression_predict.py",
    "workbench/tasks/text_predict_encoder.py",
    "workbench/tasks/text_predict_network.py",
    "workbench/tasks/image_autoencoder_predict.py",
    "workbench/tasks/image_classification_predict.py",
    "workbench/tasks/image_model.py",
    "workbench/tasks/token_classification_predict.py",
    "workbench/tasks/token_predict_encoder.py",
    "workbench/tasks/question_answering_predict.py",
    "workbench/tasks/table_predict_network.py",
    "workbench/tasks/table_predict_quick.py",
}
# The one place where a file that is a pickle is opened, for its tensors only, in a process of its own.
CONVERTER = "workbench/models/convert.py"
ENTRY_POINTS = {
    "workbench/cli/main.py",
    "workbench/jobs/worker.py",
    "workbench/jobs/supervisor.py",
    "workbench/jobs/reporter.py",  # of its thread
    "workbench/ui/importing.py",  # of its thread
    "workbench/ui/exporting.py",
}
FILES = sorted(
    path
    for place in ("app.py", "start.py", "pages", "workbench")
    for path in ([ROOT / place] if (ROOT / place).is_file() else (ROOT / place).rglob("*.py"))
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=name(path))


def found(look: Callable[[ast.Module], Iterable[str]], *, except_in: Container[str] = ()) -> list[str]:
    """What ``look`` finds, each with its file."""
    return [f"{name(path)}, {what}" for path in FILES if name(path) not in except_in for what in look(tree(path))]


def dotted(node: ast.expr) -> tuple[str, ...]:
    """("torch", "load") for ``torch.load``."""
    if isinstance(node, ast.Attribute):
        return (*dotted(node.value), node.attr)
    return (node.id,) if isinstance(node, ast.Name) else ()


def banned(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (
                f"line {node.lineno}: import {found}" for found in names if found.split(".")[0] in BANNED_MODULES
            )
            if isinstance(node, ast.ImportFrom):
                pairs = {(node.module, alias.name) for alias in node.names}
                yield from (f"line {node.lineno}: {'.'.join(pair)}" for pair in pairs & BANNED_ATTRIBUTES)
        if isinstance(node, ast.Attribute) and dotted(node)[-2:] in BANNED_ATTRIBUTES:
            yield f"line {node.lineno}: {'.'.join(dotted(node))}"
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in BANNED_CALLS:
                yield f"line {node.lineno}: {node.func.id}()"
            for keyword in node.keywords:
                constant = keyword.value.value if isinstance(keyword.value, ast.Constant) else "not a constant"
                if keyword.arg in BANNED_TRUE and constant is not False:
                    yield f"line {node.lineno}: {keyword.arg}={constant}"


def test_nothing_banned():
    assert found(banned, except_in={CONVERTER}) == []


def test_the_converter_opens_nothing_but_tensors():
    """``weights_only=True`` in its one ``torch.load``, and nothing else that is banned."""
    module = tree(ROOT / CONVERTER)
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and dotted(node.func) == ("torch", "load")]
    assert len(list(banned(module))) == len(calls) == 1
    given = {keyword.arg: keyword.value for keyword in calls[0].keywords}
    assert isinstance(given["weights_only"], ast.Constant) and given["weights_only"].value is True


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from pickle import loads",
        "import torch; torch.load('x')",
        "from torch import load",
        "import yaml; yaml.load('x')",
        "eval('1')",
        "exec('1')",
        "run('x', shell=True)",
        "run('x', shell=not False)",
        "st.markdown('x', unsafe_allow_html=True)",
        "load('x', trust_remote_code=True)",
        "numpy.load('x', allow_pickle=True)",
    ],
)
def test_the_check_finds_what_it_looks_for(code):
    assert list(banned(ast.parse(code)))


def roots(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Line and top-level package of every import among ``nodes``."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module.split(".")[0]


def test_heavy_libraries_are_imported_where_they_are_used():
    """At the top of a module only where the web process never comes."""
    allowed = {name(path) for path in FILES if name(path).startswith(HEAVY_ALLOWED)} | CARRIED
    heavy = found(
        lambda module: (f"line {line}: {package}" for line, package in roots(module.body) if package in HEAVY),
        except_in=allowed,
    )
    assert heavy == []


def test_streamlit_stays_in_the_browser_part():
    allowed = {name(path) for path in FILES if name(path).startswith(("app.py", "pages/", "workbench/ui/"))}
    outside = found(
        lambda module: (f"line {line}" for line, package in roots(ast.walk(module)) if package == "streamlit"),
        except_in=allowed,
    )
    assert outside == []


def remote(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "from_pretrained":
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            value = given.get("local_files_only")
            if not (isinstance(value, ast.Constant) and value.value is True):
                yield f"line {node.lineno}: from_pretrained"


def test_pretrained_files_are_read_from_this_machine_only():
    """Every ``from_pretrained`` says ``local_files_only=True``: nothing is fetched behind the user's back."""
    assert found(remote, except_in=CARRIED) == []


def broad(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or dotted(node.type) == ("Exception",)):
            yield f"line {node.lineno}"


def test_broad_excepts_only_at_entry_points():
    """``except Exception`` catches what nobody foresaw: that is for the place where a process or a thread ends."""
    assert found(broad, except_in=ENTRY_POINTS) == []


def test_modules_begin_with_a_sentence():
    assert found(lambda module: () if ast.get_docstring(module) else ("no sentence says why it exists",)) == []
