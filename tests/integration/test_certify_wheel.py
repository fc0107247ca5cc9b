"""`blotter-certify` as a vendor has it: from the wheel, in an environment with nothing else."""

import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "tests" / "unit" / "certification" / "events.jsonl"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, emitter_wheel: Path) -> Path:
    """A folder with an environment, `env`, that holds the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("certify")
    venv.create(folder / "env")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "env" / "bin" / "python")]
    subprocess.run([*pip, "install", "-q", str(emitter_wheel)], check=True)
    return folder


def certify(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(folder / "env" / "bin" / "blotter-certify"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_file_is_certified_or_not(folder: Path) -> None:
    found = certify(folder, str(EVENTS))
    assert (found.returncode, found.stderr) == (1, "")
    assert "Not certified: 2 failed" in found.stdout
    assert (folder / "certification.html").stat().st_size > 10_000


def test_a_demonstration_runs(folder: Path) -> None:
    guide = (ROOT / "docs" / "certification.md").read_text()
    [program] = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    (folder / "reporting.py").write_text(program)
    found = certify(
        folder,
        "reporting:demonstrate",
        *("--failing", "reporting:fail", "--source", "/vendors/acme/report-writer"),
        *("--cadence", "60"),
    )
    assert found.returncode == 0, found.stdout
    assert "Certified." in found.stdout
