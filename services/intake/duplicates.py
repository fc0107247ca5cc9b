"""A bounded memory of what came in, so that a repetition is dropped at the door."""

import hashlib
from collections import OrderedDict

from schemas.events import Event, dump


class Duplicates:
    """The last events of one input, by (source, id). Exactness is the business of those behind:
    dossiers are sets, and Elasticsearch's ids come from the event."""

    def __init__(self, remembered: int) -> None:
        self._most = remembered
        self._digests: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def is_repetition(self, event: Event) -> bool:
        """Whether the same event came before, byte for byte; remembers it if not.

        The same id with other content is no repetition: both are kept, and one is judged.
        """
        key = event.source, event.id
        digest = hashlib.blake2b(dump(event), digest_size=16).digest()
        if self._digests.get(key) == digest:
            return True
        self._digests[key] = digest
        if len(self._digests) > self._most:
            self._digests.popitem(last=False)
        return False
