"""What the alerter tells Prometheus."""

from prometheus_client import Counter, Gauge

SENT = Counter("blotter_alerter_sent_total", "Messages that were taken", ["channel"])
FAILED = Counter(
    "blotter_alerter_failed_total", "Messages that were given up after the time set", ["channel"]
)
WITHHELD = Counter(
    "blotter_alerter_withheld_total",
    "Messages not sent because nobody was there any more whom they may be sent to, or nothing open",
    ["channel"],
)
RETRIES = Counter(
    "blotter_alerter_attempts_failed_total", "Attempts that are made again", ["channel", "why"]
)
ESCALATIONS = Counter("blotter_alerter_escalations_total", "Findings taken one step up the chain")
WAITING = Gauge("blotter_alerter_waiting", "Messages planned and not yet taken")
OLDEST = Gauge("blotter_alerter_oldest_waiting_seconds", "Age of the oldest of them; 0: none")
UNREACHABLE = Gauge(
    "blotter_alerter_unreachable_findings", "Open findings of which there is nobody to tell"
)
UNREACHABLE_DUTIES = Gauge(
    "blotter_alerter_unreachable_duties", "Duties that lapse soon and there is nobody to remind"
)
UNREADABLE = Counter("blotter_alerter_unreadable_total", "Records that could not be read")
CHANNELS = Gauge("blotter_alerter_channels", "Channels that are set", ["channel"])

for _channel in ("email", "webhook"):
    SENT.labels(_channel)
    FAILED.labels(_channel)
