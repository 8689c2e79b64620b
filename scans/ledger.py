"""What a journal says when all its records are taken together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scans.journal import Place


@dataclass
class Ledger:
    """The state of a scan.

    Attributes
    ----------
    answers : dict
        Key of each finished unit to the place of its answer, for `scans.journal.answers`.
    seconds : dict
        Key of each finished unit to the time it took.
    failed : dict
        Key of each failed unit, not finished since, to its record.
    dealt : set
        Keys dealt in the latest session that have not come back.
    sessions : list of dict
        The runs so far: when, where, how many ranks, which versions.
    intact : int
        Bytes of the journal that say so.
    """

    answers: dict[str, Place] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    dealt: set[str] = field(default_factory=set)
    sessions: list[dict[str, Any]] = field(default_factory=list)
    intact: int = 0

    def enter(self, record: Mapping[str, Any]) -> None:
        """Take one record of the journal into account."""
        match record["kind"]:
            case "session":
                self.sessions.append(dict(record))
                self.dealt = set()
            case "dealt":
                self.dealt.add(record["key"])
            case "done":
                self.answers[record["key"]] = record["answer"]
                self.seconds[record["key"]] = record["seconds"]
                self.failed.pop(record["key"], None)
                self.dealt.discard(record["key"])
            case "failed":
                self.failed[record["key"]] = record
                self.dealt.discard(record["key"])


def ledger_of(records: Iterable[Mapping[str, Any]]) -> Ledger:
    """The ledger of a journal's records."""
    ledger = Ledger()
    for record in records:
        ledger.enter(record)
    return ledger
