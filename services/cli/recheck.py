"""`blotter recheck`: judge the whole log again, and compare with the live findings."""

import json

import click

from services.order.recheck import Difference
from services.runtime.recheck import CheckerBehind, Recheck, Report

from .failures import Failure, servers_named
from .progress import Counted
from .settings import settings


@click.command()
@click.option("--apply", is_flag=True, help="Publish what the log says, as new revisions.")
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="With --apply: all records, also those that do not differ; once after an upgrade.",
)
@click.option("--json", "as_json", is_flag=True, help="One difference a line, as JSON.")
@click.option(
    "--patience",
    type=float,
    default=120,
    show_default=True,
    help="Seconds that the checker has to judge what the log holds.",
)
@click.pass_context
def command(
    context: click.Context, apply: bool, every: bool, as_json: bool, patience: float
) -> None:
    """Judge the whole log again and compare with the live findings.

    Lists each difference: `missing` (the log has a finding that was not published), `gone` (it has
    none that was), `changed`. With --apply the checker is given these records anew and publishes
    what the log says as new revisions; then it is compared again.

    \b
    Exit status: 0 no difference (left), 1 differences, 2 wrong usage or no comparison possible.
    Settings: BLOTTER_KAFKA: Kafka's address, host:port (default 127.0.0.1:9092).
    BLOTTER_PROCESSES: how many judge (default 0: one for each core). BLOTTER_HOME: folder in
    which events are laid aside meanwhile (default .blotter).
    """
    if every and not apply:
        raise Failure("--all says what --apply is to be done with: give both")
    own = settings()
    with servers_named(own.kafka), Recheck(own.kafka, own, Counted()) as recheck:
        try:
            report = recheck.run(patience)
            _show(report, as_json)
            if apply and (every or report.differences):
                recheck.apply(None if every else {d.subject for d in report.differences})
                click.echo("the checker judges these anew; comparing again", err=True)
                report = recheck.run(patience)
                _show(report, as_json)
        except CheckerBehind as error:
            raise Failure(str(error)) from None
    context.exit(1 if report.differences else 0)


def _show(report: Report, as_json: bool) -> None:
    for difference in report.differences:
        click.echo(json.dumps(difference._asdict()) if as_json else _text(difference))
    click.echo(
        f"{report.events:,} events, {report.subjects:,} subjects judged as of "
        f"{report.as_of.isoformat()}: {len(report.differences)} differences",
        err=True,
    )


def _text(difference: Difference) -> str:
    lines = [f"{difference.kind}: {difference.clause} {difference.subject}"]
    if difference.was:
        lines.append(f"    published  {difference.was}")
    if difference.is_now:
        lines.append(f"    by the log {difference.is_now}")
    if difference.fields:
        lines.append(f"    differs in {', '.join(difference.fields)}")
    return "\n".join(lines)
