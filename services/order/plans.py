"""The plans of some rules: found out once for each shape, under each policy."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from schemas.policy import Policy

from .lasting import LastingUses
from .outcome import Outcome, failure
from .plan import Plan
from .rule import Rule
from .shape import Shape
from .told import Told

_PLANS_KEPT = 64
_SHAPES_KEPT = 10_000


class Plans:
    """The plans of some rules under one policy. `lasting`: what they say of uses alike."""

    def __init__(self, rules: Sequence[Rule], policy: Policy) -> None:
        self.rules, self.policy = rules, policy
        self._clauses = [(rule, rule.clause_in(policy)) for rule in rules]
        self._by_shape: dict[Shape, Plan] = {}
        self._settings: dict[str, Mapping[str, str]] = {}
        self.lasting = LastingUses()

    def of(self, shape: Shape) -> Plan:
        """The plan for a dossier of this shape."""
        known = self._by_shape.get(shape)
        if known is None:
            if len(self._by_shape) >= _SHAPES_KEPT:
                self._by_shape.clear()
            known = self._by_shape[shape] = self._plan(shape)
        return known

    def settings(self, rule: Rule) -> Mapping[str, str]:
        """The JSON value of each key of the policy that a rule reads; raises AttributeError."""
        known = self._settings.get(rule.id)
        if known is None:
            values = {key: self.policy.setting(key) for key in rule.settings}
            known = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
            self._settings[rule.id] = known
        return known

    def of_all(self, shapes: Iterable[Shape]) -> Plan:
        """One plan for several: what any of them needs is judged."""
        every = [self.of(shape) for shape in shapes]
        judged = dict(pair for plan in every for pair in plan.judged)
        settled = {told.rule: told for plan in every for told in (*plan.settled, *plan.idle.told)}
        kept = (told for rule, told in settled.items() if rule not in judged)
        name = "; ".join(plan.name for plan in every)
        return Plan.of(judged.items(), kept, name, every[0].shape)

    def _plan(self, shape: Shape) -> Plan:
        # Of a use that nobody recorded, every rule says so.
        is_certain = shape.kind != "use" or shape.is_recorded
        judged: list[tuple[Rule, str]] = []
        settled: list[Told] = []
        for rule, clause in self._clauses:
            if clause is None or shape.kind not in rule.kinds:
                continue
            outcome = _settled(rule, shape) if is_certain else None
            if outcome is None:
                judged.append((rule, clause))
            else:
                is_shadow = rule.id in self.policy.rules.shadow
                settled.append(Told(rule, clause, outcome, is_shadow))
        named = [*judged, *(told[:2] for told in settled)]
        name = "; ".join(f"{clause} {rule.id}/{rule.version}" for rule, clause in named)
        return Plan.of(judged, settled, hashlib.blake2b(name.encode()).hexdigest()[:16], shape)


def _settled(rule: Rule, shape: Shape) -> Outcome | None:
    try:
        return rule.settled(shape) if rule.settled is not None else None
    except Exception as error:
        # It must not look compliant, and must not stop the others.
        return failure(error)


_kept: dict[tuple[int, int], Plans] = {}


def plans(rules: Sequence[Rule], policy: Policy) -> Plans:
    """The plans for these very rules and this very policy, kept from the last time."""
    key = id(rules), id(policy)
    known = _kept.get(key)
    # What is kept holds on to both, so that nothing else can get their identities.
    if known is None:
        if len(_kept) >= _PLANS_KEPT:
            _kept.clear()
        known = _kept[key] = Plans(rules, policy)
    return known
