"""The list of benchmarks, each with the question that it answers.

python -m benchmarks
"""

import ast
from pathlib import Path


def questions() -> dict[str, str]:
    """The first line of every benchmark's docstring, by its name; what has no way to be run is no benchmark."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")
    return found


def main() -> None:
    listed = questions()
    width = max(map(len, listed))
    for name, question in listed.items():
        print(f"python -m benchmarks.{name:<{width}}  {question}")


if __name__ == "__main__":
    main()
