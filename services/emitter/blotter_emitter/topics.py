"""The name of the topic on which a source sends."""

import hashlib
import re


def intake_topic(source: str) -> str:
    """The intake topic of a source; the same rule as on Blotter's side.

    A name that had to be altered gets a digest, so that no two sources share a topic.

    >>> intake_topic("/vendors/acme/report-writer")
    'ai.intake.vendors.acme.report-writer'
    """
    plain = source.strip("/").replace("/", ".")
    slug = re.sub(r"[^A-Za-z0-9._-]", "_", plain)[:180]
    if "/" + plain.replace(".", "/") != source:
        slug += "-" + hashlib.sha256(source.encode()).hexdigest()[:8]
    return "ai.intake." + slug
