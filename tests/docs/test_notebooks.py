"""The notebooks, worked examples and those for teaching, run from top to bottom at the size at which they are shown."""

from pathlib import Path

import jupytext
import nbclient
import pytest

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOKS = [path for path in sorted(DOCS.rglob("*.md")) if path.read_text().startswith("---\njupyter:")]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(DOCS).with_suffix("").as_posix())
def test_notebook_runs(path, tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = jupytext.read(path)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
