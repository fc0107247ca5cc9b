#!/bin/sh
# A product that has neither Python nor Kafka: plain HTTP to the department's gateway.
#
# Set BLOTTER_API_KEY, and BLOTTER_GATEWAY, BLOTTER_SOURCE and BLOTTER_SYSTEM_ID if they differ from
# what stands below, then run it: `sh curl.sh`. It needs curl 7.76 or later and GNU date.
set -eu

: "${BLOTTER_API_KEY:?the department makes it with: blotter key add SOURCE}"
GATEWAY=${BLOTTER_GATEWAY:-http://127.0.0.1:8391}
SOURCE=${BLOTTER_SOURCE:-/vendors/acme/report-drafter}
SYSTEM=${BLOTTER_SYSTEM_ID:-${SOURCE##*/}}

# Ids never come again: here the name of this run and a number.
RUN=$(date -u +%Y%m%d%H%M%S)-$$

now() {
    date -u +%FT%T.%2NZ
}

# post TYPE BODY [HEADER …]. The key comes by a pipe, so that it is not on show in the list of
# processes. What was not answered, or answered with 429 or 503, is sent again as it was: it counts
# once. Any other 4xx ends the script; the answer says which field is wrong.
post() {
    type=$1 body=$2
    shift 2
    printf 'Authorization: Bearer %s\n' "$BLOTTER_API_KEY" |
        curl "$GATEWAY/v1/events" --header @- --header "Content-Type: $type" --data-binary "$body" \
            --silent --show-error --fail-with-body --retry 5 --retry-connrefused "$@"
    echo
}

# 1. Structured mode, one event with all its attributes: somebody has a report drafted.
post application/cloudevents+json '
  {"specversion": "1.0", "id": "'$RUN'-1", "source": "'$SOURCE'", "time": "'$(now)'",
   "type": "ai.use.recorded.v1", "subject": "use/'$RUN'-a",
   "data": {"use_id": "'$RUN'-a", "system_id": "'$SYSTEM'", "employee_id": "E-17",
            "family": "generative", "capability": "text", "purpose": "report_writing",
            "case_number": "26-1234", "data_classes": ["pii"],
            "model": {"provider": "acme", "name": "writer", "version": "3"}}}'

# 2. Binary mode, the attributes in headers: the draft went into a report, which says so.
post application/json '
  {"use_id": "'$RUN'-a", "output_id": "'$RUN'-a1", "output_kind": "text", "employee_id": "E-17",
   "used_for": "report", "final_document": true, "document_id": "R-9",
   "disclosure": "Drafted with the help of generative AI."}' \
    --header "ce-specversion: 1.0" --header "ce-id: $RUN-2" --header "ce-source: $SOURCE" \
    --header "ce-time: $(now)" --header "ce-type: ai.output.used.v1" \
    --header "ce-subject: use/$RUN-a"

# 3. A batch, an array of up to 500 events: a use by somebody else, its output, and a sign of life.
post application/cloudevents-batch+json '[
  {"specversion": "1.0", "id": "'$RUN'-3", "source": "'$SOURCE'", "time": "'$(now)'",
   "type": "ai.use.recorded.v1", "subject": "use/'$RUN'-b",
   "data": {"use_id": "'$RUN'-b", "system_id": "'$SYSTEM'", "employee_id": "E-23",
            "family": "generative", "capability": "text", "purpose": "report_writing",
            "case_number": "26-1240", "data_classes": ["pii"],
            "model": {"provider": "acme", "name": "writer", "version": "3"}}},
  {"specversion": "1.0", "id": "'$RUN'-4", "source": "'$SOURCE'", "time": "'$(now)'",
   "type": "ai.output.used.v1", "subject": "use/'$RUN'-b",
   "data": {"use_id": "'$RUN'-b", "output_id": "'$RUN'-b1", "output_kind": "text",
            "employee_id": "E-23", "used_for": "case_file", "final_document": false,
            "document_id": "C-10"}},
  {"specversion": "1.0", "id": "'$RUN'-5", "source": "'$SOURCE'", "time": "'$(now)'",
   "type": "ai.source.heartbeat.v1", "subject": "source'$SOURCE'",
   "data": {"emitted": 5, "dropped": 0, "spooled": 0}}
]'
