"""The rules: the modules of `rules/`. The folder is the registry; nothing lists a rule again."""

import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from . import rules
from .rule import Example, Rule


@cache
def rulebook() -> tuple[Rule, ...]:
    """Every rule, by clause and id."""
    return tuple(sorted((r for m in _modules() for r in rules_of(m)), key=place))


def examples() -> list[tuple[Rule, Example]]:
    """Every example of every rule."""
    return [found for module in _modules() for found in examples_of(module)]


def candidate(path: Path) -> tuple[Rule, ...]:
    """The rules with those of a file in the place of the ones with their ids, or beside them; of a
    folder, its rules and no others. Raises OSError, and whatever a file raises that is no rule."""
    if path.is_dir():
        files = sorted(p for p in path.glob("*.py") if p.name != "__init__.py")
        return tuple(sorted((r for p in files for r in rules_of(_loaded(p))), key=place))
    new = {rule.id: rule for rule in rules_of(_loaded(path))}
    kept = [rule for rule in rulebook() if rule.id not in new]
    return tuple(sorted([*kept, *new.values()], key=place))


def place(rule: Rule) -> tuple[str, str]:
    """Where a rule stands among the others."""
    return rule.clause, rule.id


def rules_of(module: ModuleType) -> list[Rule]:
    """The rules that a file declares: `RULE`, or `RULES` where they differ in a word only."""
    found: list[Rule] = list(module.RULES) if hasattr(module, "RULES") else [module.RULE]
    return found


def examples_of(module: ModuleType) -> list[tuple[Rule, Example]]:
    """The examples of a file, each with its rule: the first, unless it names one."""
    declared = rules_of(module)
    by_id = {rule.id: rule for rule in declared}
    return [(by_id[e.rule] if e.rule else declared[0], e) for e in module.EXAMPLES]


def _loaded(path: Path) -> ModuleType:
    """A rule file from anywhere, read as if it stood in the folder."""
    spec = spec_from_file_location(f"{rules.__name__}.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python file")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _modules() -> list[ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(rules.__path__))
    return [import_module(f"{rules.__name__}.{name}") for name in names]
