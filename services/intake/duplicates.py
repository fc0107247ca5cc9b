"""A bounded memory of what came in, so that a repetition is dropped at the door."""

import hashlib
from collections import OrderedDict
from typing import Literal

from schemas.events import Event, dump

Memory = Literal["new", "repetition", "conflict"]


class Duplicates:
    """The last events of one input, by (source, id). Exactness is the business of those behind:
    dossiers are sets, and Elasticsearch's ids come from the event."""

    def __init__(self, remembered: int) -> None:
        self._most = remembered
        self._digests: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def remember(self, event: Event) -> Memory:
        """What is remembered of the event, and remember it.

        The same id with other content is no repetition: both are kept, and one is judged.
        """
        key = event.source, event.id
        digest = hashlib.blake2b(dump(event), digest_size=16).digest()
        known = self._digests.get(key)
        if known == digest:
            return "repetition"
        self._digests[key] = digest
        if len(self._digests) > self._most:
            self._digests.popitem(last=False)
        return "new" if known is None else "conflict"
