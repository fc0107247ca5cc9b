"""`blotter rules`: what is judged."""

import json

import click

from services.order.rulebook import rulebook


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One rule a line, as JSON.")
def command(as_json: bool) -> None:
    """List the rules: clause, id, title, severity, and the kinds of subject that each judges.

    With --json also each rule's version, what would have been compliant, and the keys of the policy
    that it reads. Needs no settings.
    """
    for rule in rulebook():
        about = {
            "clause": rule.clause,
            "id": rule.id,
            "title": rule.title,
            "severity": rule.severity,
            "kinds": list(rule.kinds),
            "version": rule.version,
            "remedy": rule.remedy,
            "settings": list(rule.settings),
        }
        if as_json:
            click.echo(json.dumps(about, ensure_ascii=False))
        else:
            kinds = ", ".join(rule.kinds)
            click.echo(
                f"{rule.clause:<14}{rule.id:<28}{rule.severity:<8}{kinds}\n{'':14}{rule.title}"
            )
