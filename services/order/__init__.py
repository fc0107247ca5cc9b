"""The order as code: dossiers, registry, rules, judgement. Pure: no clock, no IO, no streams."""
