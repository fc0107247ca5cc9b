"""Decides what is told to whom and when: a fold over findings, open duties, alerts and times.
Pure: no clock, no IO.

What is due is the difference between how findings stand and what their recipients were told. So it
does not matter in which order or how often anything is learnt, or when the process is killed: what
was planned is in `ai.alerts` before it is sent, and is not planned again.
"""

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

import orjson

from schemas.alerts import (
    Alert,
    AlertedFinding,
    AlertLine,
    DigestNumbers,
    DutyLine,
    RemindedDuty,
    Standing,
    What,
)
from schemas.verdicts import Severity

from .duties import Duties, Duty
from .known import Known
from .recipients import PERSON, WEBHOOK, Directory, Levels
from .rules import Rules

MOST_FINDINGS = 2000
"""In one message, or duties; what is beyond comes with the next."""
_SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
_WHATS: tuple[What, ...] = ("escalated", "opened", "reminder", "deadline", "changed")


@dataclass(frozen=True)
class Told:
    """What a recipient was told of a finding last, and when. `step`: how far up the chain it was
    then. `failed`: it never reached them."""

    standing: Standing
    at: datetime
    step: int = 0
    reminded: frozenset[What] = frozenset()
    failed: bool = False


class Step(NamedTuple):
    """Something that a recipient is to be told of a finding."""

    what: What
    recipient: str
    step: int = 0


class Item(NamedTuple):
    """A step that waits for its message, since a time."""

    step: Step
    known: Known
    since: datetime

    @property
    def is_urgent(self) -> bool:
        """Whether it is told in quiet hours, too."""
        return self.known.severity == "high" and self.known.standing not in ("withdrawn", "cured")


def steps(
    known: Known,
    told: Mapping[str, Told],
    levels: Levels,
    webhooks: Sequence[str],
    is_old: bool,
    now: datetime,
    rules: Rules,
) -> tuple[list[Step], datetime | None]:
    """What is due by now on one finding, and when there may be more without anything learnt."""
    if known.shadow or (known.standing != "withdrawn" and not known.is_open):
        return [], None
    reached = {name: each for name, each in told.items() if not each.failed}
    found = [Step("changed", r, t.step) for r, t in reached.items() if t.standing != known.standing]
    if known.standing == "withdrawn":
        return found, None
    first = [*(levels[0] if levels else ()), *webhooks]
    if told or not is_old:
        assigned = PERSON + (known.assignee_id or "")
        new = (r for r in first if r not in told and (known.status == "new" or r == assigned))
        found += [Step("opened", r) for r in new]
    times: list[datetime] = []
    found += _reminders(known, reached, first, now, rules, times)
    if known.status == "new" and told:
        found += _escalation(known, told, levels, webhooks, now, rules, times)
    return found, min(times, default=None)


def acknowledge_by(known: Known, rules: Rules) -> datetime:
    """From then on it is overdue, unless somebody has acknowledged it."""
    return known.first_found_at + rules.review_times[known.severity]


def _reminders(
    known: Known,
    reached: Mapping[str, Told],
    first: Iterable[str],
    now: datetime,
    rules: Rules,
    times: list[datetime],
) -> Iterator[Step]:
    """Reminders that are due; of others, adds when they are to `times`."""
    due_times: dict[What, datetime | None] = {
        "reminder": acknowledge_by(known, rules) if known.status == "new" else None,
        "deadline": known.deadline,
    }
    for what, due in due_times.items():
        if due is None or not rules.reminder:
            continue
        begins = due - rules.reminder
        for recipient in first:
            told = reached.get(recipient)
            # Whoever was told so late needs no reminder.
            if told is None or told.at >= begins or what in told.reminded:
                continue
            if now < begins:
                times.append(begins)
            elif now < due:
                yield Step(what, recipient, told.step)


def _escalation(
    known: Known,
    told: Mapping[str, Told],
    levels: Levels,
    webhooks: Sequence[str],
    now: datetime,
    rules: Rules,
    times: list[datetime],
) -> Iterator[Step]:
    """The step up the chain that is due, or that not all have been told of; else adds to `times`
    when it is."""
    top = max(each.step for each in told.values())
    if top < min(rules.escalation_steps, len(levels) - 1):
        before = [each for each in told.values() if each.step == top]
        due = max(acknowledge_by(known, rules), *(t.at + rules.escalation_pause for t in before))
        if now >= due or all(each.failed for each in before):
            top += 1
        else:
            times.append(due)
    if 0 < top < len(levels):
        for recipient in (*levels[top], *webhooks):
            if recipient not in told or told[recipient].step < top:
                yield Step("escalated", recipient, top)


@dataclass
class Plan:
    """All that is known of findings, of open duties and of who was told, and what follows from it.

    `begun_at`: what was found before is told in digests only.
    """

    rules: Rules
    begun_at: datetime | None = None
    findings: dict[str, Known] = field(default_factory=dict)
    told: dict[str, dict[str, Told]] = field(default_factory=lambda: defaultdict(dict))
    waiting: dict[str, Alert] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    """Open findings of which there is nobody to tell."""
    unknown: set[str] = field(default_factory=set)
    """Findings about employees who are not on the roster yet."""
    duties: Duties = field(init=False)
    _noticed: dict[str, datetime] = field(default_factory=dict)
    _last: dict[str, datetime] = field(default_factory=dict)
    _digests: dict[str, datetime] = field(default_factory=dict)
    _pending: dict[str, dict[str, list[Item]]] = field(default_factory=lambda: defaultdict(dict))
    _changed: set[str] = field(default_factory=set)
    _later: list[tuple[datetime, str]] = field(default_factory=list)
    _later_of: dict[str, datetime] = field(default_factory=dict)
    _directory: Directory | None = None
    _digest_of: datetime | None = None
    _digest_waiting: dict[str, DigestNumbers] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.duties = Duties(self.rules)

    def learn(self, known: Known, now: datetime) -> None:
        """A finding as it stands; an older revision than is known changes nothing."""
        before = self.findings.get(known.finding_id)
        if before is None or before.revision < known.revision:
            self.findings[known.finding_id] = known
            self._noticed.setdefault(known.finding_id, now)
            self._changed.add(known.finding_id)

    def recall(self, alert: Alert) -> None:
        """An alert as it is in `ai.alerts`: planned, or settled."""
        if alert.state == "waiting":
            self.waiting[alert.alert_id] = alert
        else:
            self.waiting.pop(alert.alert_id, None)
        times = self._digests if alert.digest else self._last
        times[alert.recipient] = alert.planned_at
        self.duties.note(alert)
        failed = alert.state in ("failed", "withheld")
        for line in alert.lines:
            for each in line.findings:
                self._note(each.finding_id, alert, line, failed)
                self._changed.add(each.finding_id)

    def next(self, now: datetime, directory: Directory) -> list[Alert]:
        """The messages that are due by now; they count as told from here on."""
        if directory is not self._directory:
            if directory != self._directory:
                self._changed |= {f for f, known in self.findings.items() if known.is_open}
            self._directory = directory
        while self._later and self._later[0][0] <= now:
            at, name = heapq.heappop(self._later)
            if self._later_of.get(name) == at:
                del self._later_of[name]
                self._changed.add(name)
        for finding_id in sorted(self._changed & self.findings.keys()):
            self._look_at(self.findings[finding_id], now, directory)
        self._changed.clear()
        messages, digests = self._messages(now), self._due_digests(now, directory)
        return [*messages, *digests, *self._duty_reminders(now, directory)]

    def may_be_sent(self, alert: Alert, directory: Directory) -> bool:
        """Whether it is, as far as is known now, about nobody who would get it, and of duties
        whether one is still open."""
        if alert.duties and not self.duties.may_be_sent(alert, directory):
            return False
        named = (each.finding_id for line in alert.lines for each in line.findings)
        known = (self.findings[each] for each in named if each in self.findings)
        return all(directory.may_tell(alert.recipient, each) for each in known)

    def _note(self, finding_id: str, alert: Alert, line: AlertLine, failed: bool) -> None:
        told = self.told[finding_id]
        before = told.get(alert.recipient)
        if line.standing == "withdrawn":
            told.pop(alert.recipient, None)
        elif line.what in ("reminder", "deadline") and before is not None:
            told[alert.recipient] = replace(before, reminded=before.reminded | {line.what})
        else:
            at = alert.planned_at
            told[alert.recipient] = Told(line.standing, at, line.step, failed=failed)

    def _look_at(self, known: Known, now: datetime, directory: Directory) -> None:
        """Bring what waits for one finding's recipients up to date."""
        name = known.finding_id
        since = {
            item.step: item.since
            for of_one in self._pending.values()
            for item in of_one.pop(name, [])
        }
        self.unknown.discard(name)
        self.unreachable.discard(name)
        if known.is_open and self._waits_for_roster(known, now, directory):
            return
        levels = directory.levels(known) if known.is_open else ()
        found, later = steps(
            known,
            self.told[name],
            levels,
            directory.webhooks,
            self._is_old(known, now),
            now,
            self.rules,
        )
        for step in found:
            if directory.may_tell(step.recipient, known):
                item = Item(step, known, since.get(step, now))
                self._pending[step.recipient].setdefault(name, []).append(item)
        self._look_again(name, later)
        if known.is_open and not self.told[name] and not (levels or directory.webhooks):
            self.unreachable.add(name)

    def _waits_for_roster(self, known: Known, now: datetime, directory: Directory) -> bool:
        until = self._noticed[known.finding_id] + self.rules.unknown
        if directory.knows(known) or now >= until:
            return False
        self.unknown.add(known.finding_id)
        self._look_again(known.finding_id, until)
        return True

    def _look_again(self, name: str, at: datetime | None) -> None:
        if at is None:
            self._later_of.pop(name, None)
        elif self._later_of.get(name) != at:
            self._later_of[name] = at
            heapq.heappush(self._later, (at, name))

    def _is_old(self, known: Known, now: datetime) -> bool:
        found = known.first_found_at
        if self.begun_at is not None and found < self.begun_at:
            return True
        return self.rules.oldest is not None and found < now - self.rules.oldest

    def _messages(self, now: datetime) -> Iterator[Alert]:
        busy = {alert.recipient for alert in self.waiting.values()}
        for recipient in sorted(self._pending.keys() - busy):
            items = self._released(recipient, now)
            if items:
                alert = _alert(recipient, items, now)
                for item in items:
                    self._pending[recipient].pop(item.known.finding_id, None)
                self.recall(alert)
                yield alert
            if not self._pending[recipient]:
                del self._pending[recipient]

    def _released(self, recipient: str, now: datetime) -> list[Item]:
        """What goes into a message now; nothing, if it is gathered or held back."""
        rules, machine = self.rules, recipient.startswith(WEBHOOK)
        items = [item for of_one in self._pending[recipient].values() for item in of_one]
        if not machine and rules.schedule.is_quiet(now):
            items = [item for item in items if item.is_urgent]
        if not items:
            return []
        is_urgent = machine or any(item.is_urgent for item in items)
        if self._is_soon_after(recipient, rules.window_high if is_urgent else rules.window, now):
            return []
        oldest = min(item.since for item in items)
        if oldest <= now < oldest + rules.gather:
            return []
        return items[:MOST_FINDINGS]

    def _is_soon_after(self, recipient: str, window: timedelta, now: datetime) -> bool:
        """Whether their last message is so recent that the next waits."""
        last = self._last.get(recipient)
        return last is not None and last <= now < last + window

    def _duty_reminders(self, now: datetime, directory: Directory) -> Iterator[Alert]:
        due = self.duties.due(now, directory)
        busy = {alert.recipient for alert in self.waiting.values()}
        for recipient in sorted(due.keys() - busy):
            if not self._is_soon_after(recipient, self.rules.window, now):
                alert = _reminding(recipient, due[recipient][:MOST_FINDINGS], now)
                self.recall(alert)
                yield alert

    def _due_digests(self, now: datetime, directory: Directory) -> Iterator[Alert]:
        due = self.rules.schedule.last_digest(now)
        if due is None or self.rules.schedule.is_quiet(now):
            return
        if due != self._digest_of and not self.unknown:
            self._digest_of = due
            self._digest_waiting = self._digest_numbers(due, now, directory)
        busy = {alert.recipient for alert in self.waiting.values()}
        for recipient in sorted(self._digest_waiting.keys() - busy):
            numbers = self._digest_waiting.pop(recipient)
            if self._digests.get(recipient, due - timedelta(days=1)) < due:
                alert = _digest(recipient, numbers, due, now)
                self.recall(alert)
                yield alert

    def _digest_numbers(
        self, due: datetime, now: datetime, directory: Directory
    ) -> dict[str, DigestNumbers]:
        counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTED, 0))
        for known in self.findings.values():
            if not known.is_open or known.first_found_at >= due:
                continue
            is_overdue = known.status == "new" and acknowledge_by(known, self.rules) < now
            for recipient in (directory.levels(known) or ((),))[0]:
                counts[recipient][known.severity] += 1
                counts[recipient]["overdue"] += is_overdue
        return {name: DigestNumbers.model_validate(each) for name, each in counts.items()}


_COUNTED = (*_SEVERITIES, "overdue")


def _alert(recipient: str, items: Iterable[Item], now: datetime) -> Alert:
    lines = [
        AlertLine(
            what=what,
            clause=clause,
            rule=rule,
            standing=standing,
            severity=severity,
            entry=entry,
            step=step,
            findings=[
                AlertedFinding(finding_id=item.known.finding_id, revision=item.known.revision)
                for item in alike
            ],
        )
        for (what, severity, clause, rule, standing, entry, step), alike in groupby(
            sorted(items, key=_place), key=_kind
        )
    ]
    named = orjson.dumps([recipient, [line.model_dump() for line in lines]])
    return Alert(alert_id=_alert_id(named), recipient=recipient, planned_at=now, lines=lines)


def _digest(recipient: str, numbers: DigestNumbers, due: datetime, now: datetime) -> Alert:
    named = orjson.dumps([recipient, "digest", due.isoformat()])
    return Alert(alert_id=_alert_id(named), recipient=recipient, planned_at=now, digest=numbers)


def _reminding(recipient: str, duties: Iterable[Duty], now: datetime) -> Alert:
    def kind(duty: Duty) -> tuple[str, str]:
        return duty.clause, duty.rule

    lines = [
        DutyLine(
            clause=clause,
            rule=rule,
            duties=[
                RemindedDuty(duty_id=each.duty_id, dossier=each.dossier, deadline=each.deadline)
                for each in alike
            ],
        )
        for (clause, rule), alike in groupby(
            sorted(duties, key=lambda duty: (*kind(duty), duty.deadline, duty.duty_id)), key=kind
        )
    ]
    named = orjson.dumps([recipient, [line.model_dump() for line in lines]])
    return Alert(alert_id=_alert_id(named), recipient=recipient, planned_at=now, duties=lines)


def _alert_id(named: bytes) -> str:
    return "a-" + hashlib.sha256(named).hexdigest()[:32]


def _kind(item: Item) -> tuple[What, Severity, str, str, Standing, str, int]:
    step, known = item.step, item.known
    about = (known.clause, known.rule, known.standing, known.entry)
    return (step.what, known.severity, *about, step.step)


def _place(item: Item) -> tuple[object, ...]:
    """The most urgent first; findings that are told of alike stand together."""
    what, severity, *rest = _kind(item)
    return (_SEVERITIES.index(severity), _WHATS.index(what), *rest, item.known.finding_id)
