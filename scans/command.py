"""The ``statmech`` command.

Exit codes: 0 everything is done; 1 some units failed, or there is no solution, or something is to be mended;
2 the command or the scan file cannot be meant; 75 the run stopped early, and the same command goes on with it
(``EX_TEMPFAIL``, for batch systems that requeue); 130 ended by a second Ctrl-C, which loses nothing either.

The verbs import what they need when they are called: the command answers quickly, and ranks limit their
threads before NumPy starts any.
"""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scans.errors import ScanError
from scans.ranks import EARLY, abort, die_with_the_job, launch, leave, one_thread_each, rank, size, world
from scans.stopping import Stopped, interruptible, noting

if TYPE_CHECKING:
    from scans.scan import Scan

USAGE = 2
COMPUTING = ("run", "extend", "retry")
"""Verbs that compute units, and that a signal asks to stop."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments`, by default those of the process, and return its exit code."""
    whole = arguments is None
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    computing = bool(arguments) and arguments[0] in COMPUTING
    if whole and not computing:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # in `statmech status DIR | head` the end of head ends all
    # a batch system may signal at any time: the imports alone take a second, and leaving takes its time too
    with noting(last=whole) if computing else nullcontext():
        one_thread_each()
        return _answer(parser().parse_args(arguments), arguments)


def _answer(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Do what `options`, parsed from `arguments`, ask for."""
    try:
        dry = getattr(options, "dry_run", False)
        if getattr(options, "ranks", None) and not dry:
            return _with_ranks(options, arguments)
        if world() is not None:
            die_with_the_job()
        computes = options.verb in (_run, _extend, _retry) and not dry
        return leave(options.verb(options) if computes or rank() == 0 else 0)
    except ScanError as error:
        print(f"statmech: {error}", file=sys.stderr, flush=True)
        return leave(USAGE)
    except Stopped as stopped:
        print(f"stopped early: {stopped}; the same command goes on", flush=True)
        return leave(EARLY)
    except Exception:
        abort()
        raise


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="statmech",
        description="Theory and simulation of the same model, on grids of state points.",
        epilog="example: statmech run hopfield --quick --ranks 2",
        allow_abbrev=False,
    )
    verbs = top.add_subparsers(metavar="VERB", required=True)

    def verb(name: str, call: Callable[[argparse.Namespace], int], about: str, example: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=f"example: {example}",
            allow_abbrev=False,
        )
        made.set_defaults(verb=call)
        return made

    run = verb("run", _run, "run a scan, or go on with it", "statmech run hopfield --output runs/mine --ranks 4")
    run.add_argument("scan", metavar="SCAN", help="a scan file, the name of a shipped scan, or an output directory")
    run.add_argument(
        "--output", type=_folder, metavar="DIR", help="output directory (default runs/NAME or runs/NAME-quick)"
    )
    run.add_argument(
        "--quick", action="store_true", help="with the changes of the file's [quick] table: minutes at most"
    )
    run.add_argument(
        "--dry-run",
        action="store_true",
        help="tell what there is to do, its core-hours and the memory of a rank, and do nothing",
    )
    _running(run)

    status = verb("status", _status, "tell what is done, running, failed, waiting", "statmech status runs/hopfield")
    _directory(status)
    status.add_argument(
        "--tracebacks", action="store_true", help="every failed unit with its traceback, not the first few with one"
    )

    _directory(verb("plot", _plot, "draw the figure of what is finished so far", "statmech plot runs/hopfield"))

    export = verb("export", _export, "write CSV and NetCDF files", "statmech export runs/hopfield --format csv")
    _directory(export)
    export.add_argument("--format", choices=("csv", "netcdf", "both"), default="both", help="default: both")

    extend = verb("extend", _extend, "compute more disorder samples", "statmech extend runs/hopfield --samples 40")
    _directory(extend)
    extend.add_argument("--samples", type=int, required=True, help="number of samples that there should be in all")
    _running(extend)

    retry = verb(
        "retry",
        _retry,
        "compute failed units again, and what else is missing",
        "statmech retry runs/hopfield",
    )
    _directory(retry)
    _running(retry)

    verb("list", _list, "list the shipped scans and the models", "statmech list")

    solve = verb("solve", _solve, "solve the theory at one state point", "statmech solve hopfield --alpha 0.05 --T 0.3")
    with suppress(ImportError):  # the doctor must answer even where the package statmech was written over
        from scans.solve import add_models

        add_models(solve)
    verb("doctor", _doctor, "check that everything a scan needs is there and works", "statmech doctor")
    return top


def _directory(to: argparse.ArgumentParser) -> None:
    to.add_argument("directory", type=_folder, metavar="DIR", help="output directory of a scan")


def _running(to: argparse.ArgumentParser) -> None:
    """Options of the verbs that compute."""
    to.add_argument(
        "--ranks",
        type=_positive,
        metavar="N",
        help="start mpirun on this machine: N processes that compute, and one more that hands out the work and "
        "sleeps (on a cluster: mpirun -n N statmech ... instead, where one of the N hands out)",
    )
    to.add_argument(
        "--time-limit",
        type=_duration,
        metavar="TIME",
        help="begin no unit that may not end within TIME (seconds, MM:SS or HH:MM:SS), then exit with code 75",
    )
    to.add_argument(
        "--progress",
        choices=("auto", "bar", "lines", "none"),
        default="auto",
        help="a bar on a terminal, else a line a minute (default auto)",
    )
    to.add_argument("--no-figure", dest="draw", action="store_false", help="draw no figure at the end")


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it is empty: give a directory, . for the current one")
    return Path(text)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed: give an integer, at least 1")
    return int(text)


def _duration(text: str) -> float:
    from scans.stopping import seconds_of

    try:
        return seconds_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _with_ranks(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Start this command again under `mpirun`, once it is clear that it can be meant."""
    if world() is not None:
        raise ScanError("--ranks: this process was started by mpirun already; leave out --ranks")
    with interruptible():
        _target(options)
    rest = list(arguments)
    at = next(i for i, word in enumerate(rest) if word.partition("=")[0] == "--ranks")
    del rest[at : at + (1 if "=" in rest[at] else 2)]
    if options.progress == "auto" and sys.stderr.isatty():
        rest += ["--progress", "bar"]
    return launch(rest, options.ranks)


def _target(options: argparse.Namespace) -> "tuple[Path, Scan, Path]":
    """Output directory and scan that ``run``, ``extend`` or ``retry`` asks for, and the file that says so."""
    from scans import directory, scanfile

    if options.verb is not _run:
        scan = directory.open_scan(options.directory)
        file = options.directory / directory.SCAN
        return options.directory, _extended(scan, options) if options.verb is _extend else scan, file
    if (Path(options.scan) / directory.SCAN).is_file():
        if options.output or options.quick:
            raise ScanError(f"{options.scan}: an output directory is gone on with as it is: no --output, no --quick")
        path = Path(options.scan)
        return path, directory.open_scan(path), path / directory.SCAN
    file = scanfile.find(options.scan)
    scan = scanfile.load(file, quick=options.quick)
    output = options.output or Path("runs") / (file.stem + "-quick" * options.quick)
    directory.check_same(output, scan)
    return output, scan, file


def _extended(scan: "Scan", options: argparse.Namespace) -> "Scan":
    from scans.scan import check_count

    if scan.simulation is None:
        raise ScanError(f"{options.directory}: a scan of theory alone has no samples to add")
    if options.samples < scan.samples:
        raise ScanError(
            f"{options.directory}: --samples {options.samples}: there are {scan.samples} already; give a larger number"
        )
    try:
        check_count(scan.shape, scan.theory is not None, len(scan.sizes), options.samples)
    except ValueError as error:
        raise ScanError(f"{options.directory}: --samples {options.samples}: {error}") from None
    return replace(scan, samples=options.samples)


def _compute(options: argparse.Namespace, *, anew: bool = False, retry: bool = False) -> int:
    """Run what `options` ask for on all ranks of this job; `anew` may change the scan of the directory."""
    from scans.deal import crew, serve

    if rank() != 0:
        return serve()
    from scans import directory
    from scans.check import check
    from scans.run import Options, run

    # the crew first of all, as the other ranks wait for it, whatever may be wrong with the options
    with crew() as who, interruptible():
        assert who is not None
        path, scan, file = _target(options)
        if not (path / directory.SCAN).exists():
            check(file, scan)

        def settle() -> "Scan":
            if anew:
                directory.write_scan(path, scan)
            else:
                directory.settle(path, scan)
            return scan

        how = Options(time_limit=options.time_limit, progress=options.progress, retry=retry, draw=options.draw)
        return run(path, settle, who, how)


def _run(options: argparse.Namespace) -> int:
    return _tell(options) if options.dry_run else _compute(options)


def _tell(options: argparse.Namespace) -> int:
    """What `options` ask for, told and not done."""
    from scans.plan import report

    with interruptible():
        path, scan, file = _target(options)
        print(report(path, file, scan, options.ranks or max(1, size() - 1)))
    return 0


def _extend(options: argparse.Namespace) -> int:
    return _compute(options, anew=True)


def _retry(options: argparse.Namespace) -> int:
    return _compute(options, retry=True)


def _status(options: argparse.Namespace) -> int:
    from scans.status import report

    print(report(options.directory, options.tracebacks))
    return 0


def _plot(options: argparse.Namespace) -> int:
    from scans.figure import draw

    print(f"figure: {draw(options.directory)}")
    return 0


def _export(options: argparse.Namespace) -> int:
    from scans.export import export

    kinds = {"csv": ("csv",), "netcdf": ("nc",), "both": ("csv", "nc")}[options.format]
    for path in export(options.directory, kinds):
        print(path)
    return 0


def _list(options: argparse.Namespace) -> int:
    from scans.scanfile import load, shipped
    from scans.solve import plain_text
    from statmech import MODELS

    print("shipped scans (statmech run NAME)")
    width = max(map(len, [*shipped(), *MODELS]))
    for name, path in shipped().items():
        print(f"  {name:<{width}}  {load(path).title}")
    print("models (statmech solve NAME)")
    for name, model in MODELS.items():
        print(f"  {name:<{width}}  {plain_text((model.__doc__ or '').splitlines()[0])}")
    return 0


def _solve(options: argparse.Namespace) -> int:
    from scans.solve import solve

    return solve(options)


def _doctor(options: argparse.Namespace) -> int:
    from scans.doctor import doctor

    return doctor()
