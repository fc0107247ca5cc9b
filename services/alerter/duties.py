"""Duties that are still open, and who is to be reminded of them before they lapse: a fold over
what was judged, what was told, and times. Pure: no clock, no IO."""

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from schemas.alerts import Alert
from schemas.verdicts import DossierMetrics

from .recipients import WEBHOOK, Directory
from .rules import Rules


class Duty(NamedTuple):
    """What somebody has still to do. `begins`: from when on there is a reminder."""

    duty_id: str
    dossier: str
    clause: str
    rule: str
    employee_id: str | None
    deadline: datetime
    begins: datetime

    @property
    def assignee_id(self) -> None:
        """Nobody is given a duty to look at."""


def open_duties(metrics: DossierMetrics, rules: Rules) -> Iterator[Duty]:
    """The duties of a dossier of which there is a reminder: open, with a deadline, and for longer
    than evidence takes to settle."""
    for each in metrics.obligations:
        deadline = each.deadline
        if each.state != "open" or deadline is None or not rules.reminder:
            continue
        if deadline - metrics.judged_at < rules.duty_least:
            continue
        named = f"{metrics.dossier}\0{each.rule}\0{each.clause}\0{deadline.isoformat()}"
        yield Duty(
            duty_id="d-" + hashlib.sha256(named.encode()).hexdigest()[:24],
            dossier=metrics.dossier,
            clause=each.clause,
            rule=each.rule,
            employee_id=metrics.employee_id,
            deadline=deadline,
            begins=_begins(deadline, metrics.judged_at, rules),
        )


def _begins(deadline: datetime, judged_at: datetime, rules: Rules) -> datetime:
    """What is known for long is told days before, the rest hours before; if that is in quiet hours,
    before they begin, for they may end too late."""
    early = deadline - rules.reminder_early
    at = early if judged_at <= early else deadline - rules.reminder
    quiet_since = rules.schedule.quiet_since(at)
    return at if quiet_since is None else quiet_since - rules.window


class Duties:
    """Kept is only what is open and has not lapsed."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._of: dict[str, tuple[int, dict[str, Duty]]] = {}
        self._begun: dict[str, Duty] = {}
        self._later: list[tuple[datetime, str, str]] = []
        self._queued: set[tuple[datetime, str]] = set()
        self._told: dict[str, dict[str, bool]] = {}
        self._lapses: list[tuple[datetime, str]] = []
        self.unreachable = 0
        """Duties that are to be reminded of, and there is nobody to remind."""

    def learn(self, metrics: DossierMetrics, now: datetime) -> None:
        """A dossier as it was judged; an older revision than is known changes nothing."""
        revision, _ = self._of.get(metrics.dossier, (0, {}))
        if metrics.revision <= revision:
            return
        self.forget(metrics.dossier)
        found = {d.duty_id: d for d in open_duties(metrics, self._rules) if d.deadline > now}
        if found:
            self._of[metrics.dossier] = metrics.revision, found
        for duty in found.values():
            if (duty.begins, duty.duty_id) not in self._queued:
                self._queued.add((duty.begins, duty.duty_id))
                heapq.heappush(self._later, (duty.begins, duty.duty_id, duty.dossier))

    def forget(self, dossier: str) -> None:
        """Nothing is open in a dossier any more."""
        for name in self._of.pop(dossier, (0, {}))[1]:
            self._begun.pop(name, None)

    def note(self, alert: Alert) -> None:
        """A message as it is in `ai.alerts`: planned, or settled."""
        failed = alert.state in ("failed", "withheld")
        for line in alert.duties:
            for each in line.duties:
                if each.duty_id not in self._told:
                    self._told[each.duty_id] = {}
                    heapq.heappush(self._lapses, (each.deadline, each.duty_id))
                self._told[each.duty_id][alert.recipient] = failed

    def due(self, now: datetime, directory: Directory) -> dict[str, list[Duty]]:
        """What each recipient is to be reminded of by now."""
        self._pass(now)
        quiet_until = self._rules.schedule.quiet_until(now)
        found: dict[str, list[Duty]] = defaultdict(list)
        self.unreachable = 0
        for duty in self._begun.values():
            recipients = self._recipients(duty, directory)
            self.unreachable += not (recipients or self._told.get(duty.duty_id))
            for recipient in recipients:
                # In quiet hours only what lapses in them: afterwards would be too late.
                is_held = quiet_until is not None and duty.deadline > quiet_until
                if not is_held or recipient.startswith(WEBHOOK):
                    found[recipient].append(duty)
        return found

    def may_be_sent(self, alert: Alert, directory: Directory) -> bool:
        """Whether something of it is still open, and it is about nobody who would get it."""
        named = [(each.dossier, each.duty_id) for line in alert.duties for each in line.duties]
        known = [self._of[dossier][1].get(name) for dossier, name in named if dossier in self._of]
        still = [duty for duty in known if duty is not None]
        return bool(still) and all(directory.may_tell(alert.recipient, duty) for duty in still)

    def _pass(self, now: datetime) -> None:
        """Let time pass: what begins, and what has lapsed."""
        while self._later and self._later[0][0] <= now:
            begins, name, dossier = heapq.heappop(self._later)
            self._queued.discard((begins, name))
            duty = self._of.get(dossier, (0, {}))[1].get(name)
            # Judged again meanwhile, it may begin later.
            if duty is not None and duty.begins <= now:
                self._begun[name] = duty
        for duty in [each for each in self._begun.values() if each.deadline <= now]:
            self._lapse(duty)
        while self._lapses and self._lapses[0][0] <= now:
            self._told.pop(heapq.heappop(self._lapses)[1], None)

    def _lapse(self, duty: Duty) -> None:
        del self._begun[duty.duty_id]
        _, others = self._of[duty.dossier]
        del others[duty.duty_id]
        if not others:
            del self._of[duty.dossier]

    def _recipients(self, duty: Duty, directory: Directory) -> list[str]:
        """Whoever is first up the chain; the next only if nothing reaches them. Nobody twice, and
        nobody else because the chain has changed meanwhile."""
        told = self._told.get(duty.duty_id, {})
        failed = {name for name, has_failed in told.items() if has_failed}
        reached = {name for name in told.keys() - failed if not name.startswith(WEBHOOK)}
        levels = directory.levels(duty)
        first = next((level for level in levels if not failed.issuperset(level)), ())
        if reached and not reached.intersection(first):
            first = ()
        return [name for name in (*first, *directory.webhooks) if name not in told]
