"""Which way events go: to Kafka, to the gateway, or into a file."""

import re
from pathlib import Path
from typing import Any, Callable, List, Mapping, Optional, Union

from .delivery import Sender
from .file_sender import FileSender
from .gateway_sender import GatewaySender
from .kafka_sender import KafkaSender
from .security import Security

_ADDRESS = re.compile(r"\S+:[0-9]{1,5}")


def transport(
    topic: str,
    bootstrap_servers: Union[str, List[str]],
    kafka_options: Optional[Mapping[str, Any]],
    gateway: Optional[str],
    api_key: Optional[str],
    file: Union[str, Path, None],
    security: Optional[Security],
    sender: Optional[Sender],
) -> Callable[[], Sender]:
    """What makes the sender, once in each process; raises ValueError for what can never work."""
    security = security or Security()
    security.require_files()
    if sender is not None:
        return lambda: sender
    if gateway is not None and file is not None:
        raise ValueError("gateway and file exclude each other")
    if file is not None:
        return lambda: FileSender(file)
    if gateway is not None:
        if not api_key:
            raise ValueError("gateway needs an api_key")
        made = GatewaySender(gateway, api_key, security.ca_file)
        return made.copy
    if not __debug__:
        raise ValueError("under python -O, kafka-python cannot connect: use gateway instead")
    servers = _list(bootstrap_servers)
    if not all(_ADDRESS.fullmatch(server) for server in servers):
        raise ValueError("bootstrap_servers must be host:port, or several")
    options = {**security.kafka_options(), **(kafka_options or {})}
    return lambda: KafkaSender(topic, servers, options)


def _list(servers: Union[str, List[str]]) -> List[str]:
    """Addresses, however they were given."""
    given = servers.split(",") if isinstance(servers, str) else servers
    return [server.strip() for server in given]
