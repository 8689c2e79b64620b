"""The doctor finds what is there, and says what has been written over."""

import hashlib
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from scans import doctor
from scans.command import main
from scans.ranks import mpirun


def test_all_is_well_here(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor"])
    told = capsys.readouterr().out
    assert code == 0, told
    assert "BAD" not in told
    for name in ("numpy", "numba", "xarray", "h5netcdf", *doctor.PACKAGES):
        assert name in told
    assert f"{mpirun()} starts ranks that see each other" in told


def test_a_foreign_package_of_the_same_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "theory").mkdir()
    (tmp_path / "theory" / "__init__.py").touch()
    home = str(Path(doctor.__file__).resolve().parent.parent)
    ended = subprocess.run(
        [sys.executable, "-c", "from scans import doctor\nfor finding in doctor.owners(): print(*finding)"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), home])},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert f"False package theory is imported from {tmp_path / 'theory'}, not from {home}" in ended.stdout
    assert ended.stdout.count("True package") == 4


def test_the_doctor_answers_when_the_language_itself_was_written_over(tmp_path: Path) -> None:
    (tmp_path / "statmech").mkdir()
    (tmp_path / "statmech" / "__init__.py").touch()
    home = str(Path(doctor.__file__).resolve().parent.parent)
    ended = subprocess.run(
        [sys.executable, "-c", "import sys; from scans.command import main; sys.exit(main(['doctor']))"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), home])},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert ended.returncode == 1, ended.stderr
    assert f"BAD  package statmech is imported from {tmp_path / 'statmech'}, not from {home}" in ended.stdout


def install(site: Path, name: str, files: dict[str, str]) -> None:
    """Pretend that distribution `name` installed these files."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = []
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
        digest = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(text)}")
    (info / "RECORD").write_text("\n".join(lines) + "\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for installed packages where ours was installed, and seems to be imported from."""
    for name in ("site", "old"):
        (tmp_path / name).mkdir()
    install(tmp_path / "site", "statmech", {f"{name}/__init__.py": f"# {name}\n" for name in doctor.PACKAGES})
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "site" / "scans" / "doctor.py"))

    class Imported:
        def __init__(self, name: str) -> None:
            self.__file__ = str(tmp_path / "site" / name / "__init__.py")

    monkeypatch.setattr(doctor.importlib, "import_module", Imported)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    return tmp_path / "site"


def test_an_intact_installation_is_well(site: Path) -> None:
    findings = list(doctor.owners())
    assert all(well for well, _ in findings), findings


def test_a_distribution_that_wrote_over_a_package_is_named(site: Path) -> None:
    install(site, "figurines", {"figures/__init__.py": "# not ours\n"})
    bad = [what for well, what in doctor.owners() if not well]
    assert bad == ["package figures is also installed by figurines: pip uninstall it, reinstall statmech"]


def test_a_changed_file_is_named(site: Path) -> None:
    (site / "theory" / "__init__.py").write_text("# edited\n")
    bad = [what for well, what in doctor.owners() if not well]
    assert bad == ["package theory: theory/__init__.py is not the file that was installed: reinstall statmech"]


def test_running_alone_is_no_illness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "mpirun", lambda: None)
    well, what = doctor.parallel()
    assert well
    assert "scans run alone" in what


def test_an_mpirun_that_does_not_work_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "mpirun"
    broken.write_text("#!/bin/sh\necho rank 0 of 1; echo rank 0 of 1; echo mixed up >&2\n")
    broken.chmod(0o755)
    monkeypatch.setattr(doctor, "mpirun", lambda: broken)
    well, what = doctor.parallel()
    assert not well
    assert "two ranks do not see each other (mixed up)" in what


def test_a_cache_that_cannot_be_written_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file" / "cache"))
    well, what = doctor.kernel_cache()
    assert not well
    assert "set NUMBA_CACHE_DIR to a writable directory" in what
