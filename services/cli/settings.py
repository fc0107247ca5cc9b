"""Settings of the command line, prefix BLOTTER_."""

import os
import secrets

from services.runtime.settings import BatchSettings, Port, WrongSetting, read

from .failures import Failure


class CliSettings(BatchSettings):
    """`home`: state of this machine: progress of imports, the digest key. Ports: of /health."""

    digest_key: str = ""
    intake_port: Port = 9101
    checker_port: Port = 9102
    indexer_port: Port = 9103
    recheck_port: Port = 9104
    alerter_port: Port = 9106
    console_port: Port = 8390
    gateway_port: Port = 8391

    def key(self) -> bytes:
        """The key of digests: as set, else the one kept in `home`, made at first need."""
        if self.digest_key:
            return self.digest_key.encode()
        path = self.home / "digest-key"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "w") as file:
                file.write(secrets.token_hex(32))
        return path.read_text().strip().encode()


def settings() -> CliSettings:
    """Read the environment; raises Failure naming a wrong setting."""
    try:
        return read(CliSettings)
    except WrongSetting as error:
        raise Failure(" ".join(str(error).split())) from None
