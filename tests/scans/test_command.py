"""The command on one process: verbs, exit codes, and one line for every mistake."""

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from scans import command, directory
from scans.command import main
from statmech import MODELS

Run = Callable[..., subprocess.CompletedProcess]
VERBS = ("run", "status", "plot", "export", "extend", "retry", "list", "solve", "doctor")


def said(arguments: list[object], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit code, output and errors of the command in this process."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_each_verb_has_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said([verb, "--help"], capsys)
    assert code == 0
    assert f"example: statmech {verb}" in out


def test_help_names_all_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(["--help"], capsys)
    assert all(f"    {verb} " in out for verb in VERBS)
    assert said([], capsys)[0] == command.USAGE


def test_solve_prints_the_solution(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(["solve", "hopfield", "--alpha", "0.05", "--T", "0.3"], capsys)
    assert code == 0
    assert out.startswith("m = 0.991165  q = 0.982961")
    code, out, _ = said(["solve", "hopfield", "--alpha", "0.05", "--T", "0.3", "--all"], capsys)
    assert (code, "retrieval" in out, "spin-glass" in out) == (0, True, True)
    code, out, _ = said(["solve", "hopfield", "--alpha", "0.3", "--T", "0.3"], capsys)
    assert code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--alpha", "-1", "--T", "0.3"], "alpha = -1 is not allowed"),
        (["--alpha", "x", "--T", "0.3"], "alpha = 'x' is not allowed"),
        (["--alpha", "0.1", "--T", "0.3", "--start", "nowhere"], "start = 'nowhere' is not allowed"),
        (["--alpha", "0.1"], "the following arguments are required: --T"),
        (["--alpha", "0.1", "--T", "0.3", "--beta", "3"], "unrecognized arguments: --beta 3"),
    ],
)
def test_mistakes_of_solve(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(["solve", "hopfield", *arguments], capsys)
    assert (code, out) == (2, "")
    assert message in err


def test_solve_knows_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(["solve", "p_spin", "--p", "3", "--T", "0.5", "--ansatz", "1RSB"], capsys)
    assert code == 0
    assert "[1RSB, spin-glass, converged" in out
    assert said(["solve", "p_spin", "--p", "3.5", "--T", "0.5"], capsys)[2].count("p = 3.5 is not allowed") == 1
    assert said(["solve", "sherrington_kirkpatrick", "--T", "0.5", "--h", "0.1"], capsys)[0] == 0
    assert said(["solve", "random_energy", "--T", "0.5", "--all"], capsys)[0] == 0


@pytest.mark.parametrize("model", list(MODELS))
def test_help_of_each_model_explains_its_parameters(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(["solve", model, "--help"], capsys)
    assert code == 0
    assert f"example: statmech solve {model} --" in out
    one_temperature = "T" in {field.name for field in fields(MODELS[model])}
    assert ("Temperature, T ≥ 0" if one_temperature else "Inverse temperatures of learning") in " ".join(out.split())
    example = out.partition("example: statmech ")[2].split()
    assert said(example, capsys)[0] == 0


def test_list_names_scans_and_models(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(["list"], capsys)
    assert code == 0
    assert "hopfield" in out
    assert "Hopfield model" in out


def test_a_reader_that_has_seen_enough_ends_the_command_quietly(start: Callable[..., subprocess.Popen]) -> None:
    child = start("list")
    child.stdout.close()
    assert child.stderr.read() == ""
    assert child.wait() == -signal.SIGPIPE
    child.stdout = None


def test_a_scan_from_its_start_to_its_files(tiny: Path, statmech: Run, finished: Callable[[Path], list[str]]) -> None:
    out = tiny.parent / "runs" / "tiny"
    first = statmech("run", tiny)
    assert (first.returncode, first.stderr) == (0, "")
    assert "42 of 42 units to compute on 1 rank" in first.stdout
    assert f"results: {Path('runs/tiny/results.h5')}" in first.stdout
    assert f"figure: {Path('runs/tiny/figure.png')}" in first.stdout
    files = {"scan.toml", "journal", "lock", "results.h5", "figure.png", "figure.pdf"}
    assert files <= {path.name for path in out.iterdir()}
    assert not [path for path in out.iterdir() if path.name.startswith(".")]
    (out / "figure.png").unlink()
    assert statmech("plot", out).returncode == 0
    assert (out / "figure.png").stat().st_size > 1000


def test_a_scan_that_is_through_computes_nothing_again(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], finished: Callable[[Path], list[str]]
) -> None:
    out = tmp_path / "out"
    assert said(["run", tiny, "--output", out, "--no-figure"], capsys)[0] == 0
    code, told, _ = said(["run", out, "--no-figure"], capsys)
    assert code == 0
    assert "0 of 42 units to compute" in told
    assert len(finished(out)) == 42
    assert "42 of 42 units done, 0 running, 0 failed, 0 waiting" in said(["status", out], capsys)[1]
    assert said(["export", out, "--format", "csv"], capsys)[1] == f"{out / 'results.csv'}\n"
    code, _, err = said(["run", out, "--quick"], capsys)
    assert code == 2
    assert "an output directory is gone on with as it is: no --output, no --quick" in err


def test_quick_has_a_directory_of_its_own(
    tiny: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    finished: Callable[[Path], list[str]],
) -> None:
    monkeypatch.chdir(tiny.parent)
    assert said(["run", tiny, "--quick", "--no-figure"], capsys)[0] == 0
    assert len(finished(tiny.parent / "runs" / "tiny-quick")) == 6 + 12


def test_extend_computes_only_the_new_samples(
    tiny: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    finished: Callable[[Path], list[str]],
    content: Callable[[Path], dict[str, object]],
) -> None:
    out = tmp_path / "out"
    assert said(["run", tiny, "--output", out, "--no-figure"], capsys)[0] == 0
    code, told, _ = said(["extend", out, "--samples", 5, "--no-figure"], capsys)
    assert code == 0
    assert "24 of 66 units to compute" in told
    assert len(finished(out)) == len(set(finished(out))) == 66
    tiny.write_text(tiny.read_text().replace("samples = 3", "samples = 5"))
    assert said(["run", tiny, "--output", tmp_path / "at-once", "--no-figure"], capsys)[0] == 0
    assert content(out / "results.h5") == content(tmp_path / "at-once" / "results.h5")
    tiny.write_text(tiny.read_text().replace("samples = 5", "samples = 3"))
    code, _, err = said(["run", tiny, "--output", out], capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert f"simulation.samples: 5 there, 3 here; go on with it by: statmech run {out}" in err
    code, _, err = said(["extend", out, "--samples", 10**9], capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert "units, more than" in err
    code, _, err = said(["extend", out, "--samples", 4], capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert "there are 5 already; give a larger number" in err


def test_theory_alone_has_no_samples_to_add(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], finished: Callable[[Path], list[str]]
) -> None:
    text = tiny.read_text()
    tiny.write_text(text.partition("[simulation]")[0] + "[theory]\n")
    assert said(["run", tiny, "--output", tmp_path / "out", "--no-figure"], capsys)[0] == 0
    assert len(finished(tmp_path / "out")) == 6
    code, _, err = said(["extend", tmp_path / "out", "--samples", 4], capsys)
    assert code == 2
    assert "a scan of theory alone has no samples to add" in err


FAILING = """
import os, sys
import montecarlo
genuine = montecarlo.run_sample
def fragile(model, *, N, stream, settings):
    if N == 32 and model.T == 0.3:
        raise FloatingPointError("made to fail")
    return genuine(model, N=N, stream=stream, settings=settings)
montecarlo.run_sample = fragile
from scans.command import main
sys.exit(main())
"""


@pytest.mark.parametrize("ranks", [0, 2])
def test_a_unit_that_raises_is_recorded_and_the_others_finish(
    tiny: Path,
    tmp_path: Path,
    statmech: Run,
    capsys: pytest.CaptureFixture[str],
    finished: Callable[[Path], list[str]],
    ranks: int,
) -> None:
    driver = tmp_path / "driver.py"
    driver.write_text(FAILING)
    out = tmp_path / "out"
    ended = statmech("run", tiny, "--output", out, "--no-figure", program=(str(driver),), ranks=ranks)
    assert ended.returncode == 1
    assert f"6 units failed: see statmech status {out}; compute them again by statmech retry {out}" in ended.stdout
    assert len(finished(out)) == 36
    _, told, _ = said(["status", out], capsys)
    assert "36 of 42 units done, 0 running, 6 failed, 0 waiting" in told
    assert told.count("FloatingPointError: made to fail") == 6 + 1
    assert told.count("Traceback") == 1
    assert said(["status", out, "--tracebacks"], capsys)[1].count("Traceback") == 6
    code, told, _ = said(["run", out, "--no-figure"], capsys)
    assert code == 1
    assert "0 of 42 units to compute" in told
    code, told, _ = said(["retry", out, "--no-figure"], capsys)
    assert code == 0
    assert "6 of 42 units to compute" in told
    assert len(finished(out)) == len(set(finished(out))) == 42


MISTAKES = {
    "unknown key": ("sweeps = 40", "sweps = 40", "simulation.sweps: unknown key; did you mean sweeps?"),
    "wrong type": ("samples = 3", "samples = 'x'", "simulation.samples: samples = 'x' is not allowed"),
    "empty axis": ("T = [0.0, 0.3, 0.6]", "T = []", "axes.T: is empty; give it at least one value"),
    "negative load": ("alpha = [0.02", "alpha = [-0.02", "axes.alpha: alpha = -0.02 is not allowed"),
    "unknown model": ('"hopfield"', '"hopfeld"', "model: 'hopfeld' is no model; choose one of"),
}


@pytest.mark.parametrize("case", list(MISTAKES))
def test_mistakes_of_a_scan_file_cost_one_line(tiny: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, message = MISTAKES[case]
    assert old in tiny.read_text()
    tiny.write_text(tiny.read_text().replace(old, new))
    for extra in ([], ["--ranks", 2]):
        code, out, err = said(["run", tiny, "--output", tiny.parent / "out", *extra], capsys)
        assert (code, out) == (2, "")
        assert err.startswith(f"statmech: {tiny}: {message}")
        assert err.count("\n") == 1
    assert not (tiny.parent / "out").exists()


def test_a_mistake_under_mpirun_ends_all_ranks(tiny: Path, statmech: Run) -> None:
    tiny.write_text(tiny.read_text().replace("sweeps", "sweps"))
    ended = statmech("run", tiny, ranks=3)
    assert ended.returncode == 2
    assert ended.stderr.count("simulation.sweps: unknown key") == 1
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "nowhere"], "nowhere: no such scan file, and no shipped scan"),
        (["status", "nowhere"], "nowhere: no output directory of a scan: it has no scan.toml"),
        (["plot", "nowhere"], "nowhere: no output directory"),
        (["export", "nowhere"], "nowhere: no output directory"),
        (["retry", "nowhere"], "nowhere: no output directory"),
        (["extend", "nowhere", "--samples", "3"], "nowhere: no output directory"),
    ],
)
def test_what_is_not_there(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(arguments, capsys)
    assert (code, out) == (2, "")
    assert err.startswith(f"statmech: {message}")


@pytest.mark.parametrize(
    "option", [["--ranks", "0"], ["--ranks", "x"], ["--time-limit", "soon"], ["--progress", "loud"]]
)
def test_options_that_cannot_be_meant(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(["run", "hopfield", *option], capsys)
    assert code == 2
    assert f"argument {option[0]}: " in err


def test_a_directory_of_another_scan_is_refused(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert said(["run", tiny, "--output", out, "--no-figure"], capsys)[0] == 0
    text = tiny.read_text()
    tiny.write_text(text.replace("sweeps = 40", "sweeps = 50").replace("seed = 7", "seed = 8"))
    code, _, err = said(["run", tiny, "--output", out], capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert "scan.toml: seed: 7 there, 8 here and 1 more; choose another --output" in err
    tiny.write_text(text.replace("samples = 3", "samples = 9"))
    _, _, err = said(["run", tiny, "--output", out], capsys)
    assert f"for more samples use: statmech extend {out} --samples 9" in err
    tiny.write_text(text.replace('title = "tiny"', 'title = "another title"'))
    assert said(["run", tiny, "--output", out, "--no-figure"], capsys)[0] == 0


def test_a_directory_that_cannot_be_made_is_refused_before_computing(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    code, _, err = said(["run", tiny, "--output", tmp_path / "file" / "out"], capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert "cannot be made: Not a directory; choose another --output" in err


def test_a_directory_without_room_is_refused_before_computing(tiny: Path, tmp_path: Path) -> None:
    code = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from scans.command import main
sys.exit(main(["run", {str(tiny)!r}, "--output", {str(tmp_path / "out")!r}]))
"""
    assert resource.RLIMIT_FSIZE is not None
    home = str(Path(command.__file__).resolve().parent.parent)
    paths = os.pathsep.join([home, os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
        check=False,
    )
    assert ended.returncode == 2
    assert "0.2 MB cannot be written there: File too large; make room or choose another --output" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "out" / directory.JOURNAL).exists()


def test_a_disk_that_fills_up_ends_the_run_with_one_line(
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    finished: Callable[[Path], list[str]],
) -> None:
    out = tmp_path / "out"
    genuine = os.write
    room = [20_000]

    def filling(file: int, data: bytes) -> int:
        room[0] -= len(data)
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return genuine(file, data)

    with monkeypatch.context() as full:
        full.setattr(os, "write", filling)
        code, _, err = said(["run", tiny, "--output", out, "--no-figure", "--progress", "none"], capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert "journal: cannot be written (No space left on device); nothing finished is lost" in err
    before = finished(out)
    assert 0 < len(before) < 42
    assert said(["run", out, "--no-figure"], capsys)[0] == 0
    assert finished(out)[: len(before)] == before
    assert len(finished(out)) == len(set(finished(out))) == 42


def test_an_empty_output_directory_is_none(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["run", tiny, "--output", ""], ["run", tiny, "--output="], ["status", ""]):
        code, _, err = said(arguments, capsys)
        assert code == 2
        assert "it is empty: give a directory" in err
