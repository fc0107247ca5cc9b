"""What intake tells Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

ACCEPTED = Counter("blotter_intake_accepted_total", "Events accepted", ["source"])
REJECTED = Counter("blotter_intake_rejected_total", "Inputs refused", ["source"])
REPEATED = Counter("blotter_intake_repeated_total", "Repetitions dropped", ["source"])
TRIED_OUT = Counter("blotter_intake_tried_out_total", "Records of sandboxes left out", ["source"])
TRANSACTION_SECONDS = Histogram(
    "blotter_intake_transaction_seconds", "Time until one lot of one input is committed"
)
TICK = Gauge("blotter_intake_tick_seconds", "Up to when an input has been passed on", ["input"])
LAG = Gauge("blotter_intake_lag_records", "Records of an input not yet read", ["input"])
LOST = Counter("blotter_intake_lost_records_total", "Records deleted unread", ["input"])
