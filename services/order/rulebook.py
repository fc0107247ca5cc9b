"""The rules: the modules of `rules/`. The folder is the registry; nothing lists a rule again."""

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType

from . import rules
from .rule import Example, Rule


@cache
def rulebook() -> tuple[Rule, ...]:
    """Every rule, by clause and id."""
    found: list[Rule] = [module.RULE for module in _modules()]
    return tuple(sorted(found, key=lambda rule: (rule.clause, rule.id)))


def examples() -> list[tuple[Rule, Example]]:
    """Every example of every rule."""
    return [(module.RULE, example) for module in _modules() for example in module.EXAMPLES]


def _modules() -> list[ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(rules.__path__))
    return [import_module(f"{rules.__name__}.{name}") for name in names]
