"""Imports go one way, corpus <- index <- assistant <- eval, and heavy libraries are loaded when they are needed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "corpus": {"corpus"},
    "index": {"corpus", "index"},
    "assistant": {"corpus", "index", "assistant"},
    "eval": {"corpus", "index", "assistant", "eval"},
}
# Seconds to import; answering on the command line needs none of them.
HEAVY = {"torch", "sentence_transformers", "transformers", "gradio", "mcp"}
# Modules (with what lies below them) that may import a heavy library at their top. They count as heavy themselves:
# everything else imports them inside a function.
VIEWS = {f"assistant.web.{name}_view" for name in ("ask", "library", "explore", "evaluate")}
LAZY = {
    "index.training": {"torch", "sentence_transformers", "transformers"},
    "assistant.web.page": {"gradio", "assistant.web.page_frame", "assistant.web.page_guard", *VIEWS},
    "assistant.web.page_frame": {"gradio"},
    "assistant.web.page_guard": {"gradio"},
    **{view: {"gradio", "assistant.web.page_frame"} for view in VIEWS},
    "assistant.web.mcp_server": {"mcp"},
}
FILES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def nodes(tree: ast.AST, *, at_import: bool) -> Iterator[ast.AST]:
    """Every node below `tree`; with `at_import` only those that run when the module is imported."""
    for node in ast.iter_child_nodes(tree):
        if at_import and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if at_import and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        yield from nodes(node, at_import=at_import)


def imports(path: Path, *, at_import: bool = False) -> set[str]:
    """Dotted names that a file imports; `from a import b` gives `a` and `a.b`."""
    package = path.relative_to(ROOT).parent.parts
    found: set[str] = set()
    for node in nodes(ast.parse(path.read_text(encoding="utf-8")), at_import=at_import):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return found


def lies_in(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_one_way(package: str) -> None:
    wrong = {
        (module_name(path), name)
        for path in FILES
        if lies_in(module_name(path), package)
        for name in imports(path)
        if name.split(".")[0] in MAY_IMPORT.keys() - MAY_IMPORT[package]
    }
    assert not wrong


def test_heavy_libraries_are_imported_inside_functions() -> None:
    wrong = set()
    for path in FILES:
        module = module_name(path)
        own = [lazy for lazy in LAZY if lies_in(module, lazy)]
        allowed = {name for lazy in own for name in (lazy, *LAZY[lazy])}
        banned = (HEAVY | LAZY.keys()) - allowed
        wrong |= {(module, name) for name in imports(path, at_import=True) for bad in banned if lies_in(name, bad)}
    assert not wrong, "import these inside the function that needs them, or add the module to LAZY"
