#!/bin/sh
# What the department does before a product may send; here for the four examples, with a made-up
# department. It needs `blotter` and a running stack, see docs/operating.md.
set -eu

register() {
    blotter source add "/vendors/acme/$1" --owner Acme --systems "$1" --types "$2"
}

ALL=ai.use.recorded.v1,ai.output.used.v1,ai.source.heartbeat.v1
register report-writer "$ALL,ai.retention.reported.v1,oversight.approval.requested.v1"
register face-search "$ALL,ai.retention.reported.v1,oversight.lead.documented.v1"
register crime-forecast \
    "$ALL,ai.retention.reported.v1,ai.output.evaluated.v1,oversight.review.completed.v1"
register report-drafter "$ALL"

# The AI systems themselves and three people, as facts.
blotter emit "$(dirname "$0")/department.jsonl"
