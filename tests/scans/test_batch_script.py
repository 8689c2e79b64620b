"""The batch script of the README, run by a shell with a stand-in for mpirun and for the batch system."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
MPIRUN = """#!/bin/sh
printf '%s' "$*" > started
trap 'echo heard > heard; exit 75' USR1
[ "$WAIT" ] && while :; do sleep 0.05; done
[ "$DIE" ] && kill -KILL $$
exit "$CODE"
"""
SCONTROL = """#!/bin/sh
echo "$@" > requeued
"""
SHELLS = [shell for shell in ("sh", "bash", "dash") if shutil.which(shell)]


@pytest.fixture
def submit(tmp_path: Path) -> Callable[..., subprocess.Popen]:
    """Start the script under a shell, with what the stand-in for mpirun shall do."""
    (text,) = re.findall(r"```sh\n(#!/bin/sh\n.*?)```", README.read_text(), re.S)
    (tmp_path / "job.sh").write_text(text)
    for name, content in (("mpirun", MPIRUN), ("scontrol", SCONTROL)):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        path.chmod(0o755)
    children = []

    def start(shell: str, **variables: str) -> subprocess.Popen:
        ours = {"SLURM_NTASKS": "4", "SLURM_JOB_ID": "17", "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
        child = subprocess.Popen([shell, "job.sh"], cwd=tmp_path, env=os.environ | ours | variables)
        children.append(child)
        return child

    yield start
    for child in children:
        if child.poll() is None:
            child.kill()
        child.wait()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("code", [0, 1, 75, 137])
def test_the_script_ends_as_mpirun_does(
    submit: Callable[..., subprocess.Popen], tmp_path: Path, shell: str, code: int
) -> None:
    assert submit(shell, CODE=str(code)).wait(timeout=60) == code
    assert (tmp_path / "started").read_text().startswith("-n 4 statmech run ")
    assert (tmp_path / "requeued").exists() == (code == 75)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_ends_when_mpirun_is_killed(submit: Callable[..., subprocess.Popen], shell: str) -> None:
    assert submit(shell, DIE="yes").wait(timeout=60) == 137


def catches(process: int, number: signal.Signals) -> bool:
    """Whether the process has a handler of that signal by now, as the kernel tells."""
    (mask,) = re.findall(r"^SigCgt:\s*(\w+)", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    return bool(int(mask, 16) >> (number - 1) & 1)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_passes_the_signal_on_and_requeues(
    submit: Callable[..., subprocess.Popen], tmp_path: Path, until: Callable, shell: str
) -> None:
    job = submit(shell, WAIT="yes")
    until((tmp_path / "started").exists)
    until(lambda: catches(job.pid, signal.SIGUSR1))
    os.kill(job.pid, signal.SIGUSR1)
    assert job.wait(timeout=60) == 75
    assert (tmp_path / "heard").exists()
    assert (tmp_path / "requeued").read_text() == "requeue 17\n"
