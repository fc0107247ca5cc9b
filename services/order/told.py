"""What a rule says of a dossier."""

from typing import NamedTuple

from .outcome import Outcome
from .rule import Rule


class Told(NamedTuple):
    """`clause`: under which it is said. `is_shadow`: the rule is being tried out. `is_brief`: it
    was said of another use like this one: verdict and reason hold, evidence is not named."""

    rule: Rule
    clause: str
    outcome: Outcome
    is_shadow: bool = False
    is_brief: bool = False
