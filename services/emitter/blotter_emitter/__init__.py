"""Report what an AI system was used for to Blotter, without ever getting in the product's way.

>>> from blotter_emitter import Emitter
>>> from blotter_emitter.testing import MemorySender
>>> kafka = MemorySender()          # leave `sender` out to send to Kafka
>>> emitter = Emitter(source="/vendors/acme/report-writer", system_id="report-writer", sender=kafka)
>>> with emitter.use(
...     employee_id="E-17", family="generative", capability="text", purpose="report_writing"
... ) as use:
...     use.output_tokens = 512
>>> emitter.close(timeout=5)
True
>>> kafka.events[0]["type"], kafka.events[0]["data"]["output_tokens"]
('ai.use.recorded.v1', 512)
"""

from .emitter import Emitter
from .errors import FieldProblem, InvalidEvent
from .security import Security
from .stats import Stats
from .use import Use

__all__ = ["Emitter", "FieldProblem", "InvalidEvent", "Security", "Stats", "Use"]
