"""A bounded memory of what came in, so that a repetition is dropped at the door."""

import hashlib
from collections import OrderedDict
from typing import Literal

Memory = Literal["new", "repetition", "conflict"]


class Duplicates:
    """The last events of one input, all of one source, by id. Exactness is the business of those
    behind: dossiers are sets, and Elasticsearch's ids come from the event."""

    def __init__(self, remembered: int) -> None:
        self._most = remembered
        self._digests: OrderedDict[str, bytes] = OrderedDict()

    def remember(self, event_id: str, line: bytes) -> Memory:
        """What is remembered of the event with this id and these bytes, and remember it.

        `line`: as `dump` writes it, so that white space makes no difference, and without its
        receipt. The same id with other content is no repetition: both are kept, one is judged.
        """
        digest = hashlib.blake2b(line, digest_size=16).digest()
        known = self._digests.get(event_id)
        if known == digest:
            return "repetition"
        self._digests[event_id] = digest
        if len(self._digests) > self._most:
            self._digests.popitem(last=False)
        return "new" if known is None else "conflict"
