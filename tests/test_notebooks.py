"""The notebooks run from top to bottom, on small synthetic data, and say that it is synthetic."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.corpus.fake_logos import rows, write

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NAMES = ("explore", "train_and_compare")


def read(name: str):
    nbformat = pytest.importorskip("nbformat", reason="SKIPPED: nbformat is not installed")
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_only_display_and_are_stored_without_outputs(name):
    book = read(name)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert "%pip install" in cells[0].source
    for cell in cells:
        assert not cell.outputs
        plain = "\n".join(
            "    pass" if "%pip" in line else line for line in cell.source.splitlines()
        )
        tree = ast.parse(plain)
        assert not any(isinstance(node, (ast.ClassDef, ast.While)) for node in ast.walk(tree))
    assert any("import" in cell.source and "znak" in cell.source for cell in cells[1:])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_notebooks_run_from_top_to_bottom(name, tmp_path, monkeypatch):
    client = pytest.importorskip("nbclient", reason="SKIPPED: nbclient is not installed")
    pytest.importorskip("ipykernel", reason="SKIPPED: ipykernel is not installed")
    n = 1200 if name == "train_and_compare" else 160
    data = write(tmp_path / "data" / "a.parquet", rows(n), metadata={"synthetic": "true"})
    settings = {
        "ZNAK_NOTEBOOK_DATA": str(data),
        "ZNAK_NOTEBOOK_WORK": str(tmp_path / "work"),
        "ZNAK_NOTEBOOK_SAMPLES": "64",
        "ZNAK_NOTEBOOK_N": "60",
        "ZNAK_NOTEBOOK_SMALL": "1",
        "OMP_NUM_THREADS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_ALLOW_INSECURE_WRITES": "1",
    }
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    book = read(name)
    client.NotebookClient(
        book, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    said = "".join(
        output.get("text", "")
        for cell in book.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    assert "ynthetic data" in said
    assert not (FOLDER / "work").exists()
    if name == "train_and_compare":
        assert (tmp_path / "work" / "comparison" / "comparison.html").is_file()
        assert "1.000000" in said
    else:
        assert "report.html" in said or "open " in said
