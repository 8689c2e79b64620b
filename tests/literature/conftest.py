"""Print the table of published values where output is not captured: ``pytest tests/literature -s``."""

from typing import Any


def pytest_terminal_summary(terminalreporter: Any, config: Any) -> None:
    if config.option.capture == "no":
        reports = [report for key in ("passed", "failed") for report in terminalreporter.stats.get(key, [])]
        lines = [text for report in reports for name, text in report.user_properties if name == "literature"]
        if lines:
            terminalreporter.section("published values")
            terminalreporter.write_line("\n".join(lines))
