"""The emitter in a product that gunicorn serves: made before the workers are forked."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.native.processes import free_port
from tests.integration.test_emitter import create_topic, events, records
from tests.pipeline import eventually

TOPIC = "ai.intake.vendors.acme.web"
REQUESTS = 120
PRODUCT = """
import os
from blotter_emitter import Emitter

emitter = Emitter("/vendors/acme/web", "web", os.environ["KAFKA"])


def app(environ, start_response):
    emitter.use_recorded(
        use_id=environ["QUERY_STRING"], employee_id="E-1", family="generative", capability="text",
        purpose="report_writing",
    )
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""


def test_three_workers_of_one_product_lose_nothing(kafka: str, tmp_path: Path) -> None:
    create_topic(kafka, TOPIC)
    (tmp_path / "product.py").write_text(PRODUCT)
    port = free_port()
    product = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--preload", "--workers=3", "--log-level=warning",
         f"--bind=127.0.0.1:{port}", "product:app"],
        cwd=tmp_path, env=os.environ | {"KAFKA": kafka, "XDG_STATE_HOME": str(tmp_path)},
    )  # fmt: skip

    def ask(use_id: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/?{use_id}", timeout=10) as answer:
            return bytes(answer.read())

    def answers() -> bool:
        try:
            return bool(ask("first"))
        except OSError:
            return False

    try:
        eventually("the product answers", answers)
        with ThreadPoolExecutor(8) as people:
            workers = set(people.map(ask, [f"U-{n}" for n in range(REQUESTS)]))
    finally:
        product.send_signal(signal.SIGTERM)
        assert product.wait(30) == 0
    uses = [e for e in events(records(kafka, TOPIC)) if e["type"] == "ai.use.recorded.v1"]
    told = [event["data"]["use_id"] for event in uses if event["data"]["use_id"] != "first"]
    assert sorted(told) == sorted(f"U-{n}" for n in range(REQUESTS))
    numbers: dict[str, list[int]] = defaultdict(list)
    for event in events(records(kafka, TOPIC)):
        numbers[event["instance"]].append(int(event["sequence"]))
    assert len(numbers) >= len(workers)
    # Each worker counts for itself, without a gap.
    assert all(sorted(told) == list(range(1, len(told) + 1)) for told in numbers.values())
