"""How a product proves who it is, and whom it trusts."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Optional


@dataclass(frozen=True)
class Security:
    """`username` and `password`: of the department's Kafka, by SCRAM (`mechanism`). `ca_file`:
    whose certificates are trusted, by Kafka's client and the gateway's, instead of the machine's.
    `cert_file` and `key_file`: the product's own certificate for Kafka (mutual TLS). All are PEM.
    Without any, Kafka is spoken to in plain text; with `tls=False`, with a password too.

    Raises ValueError if one of a pair is missing.
    """

    username: Optional[str] = None
    password: Optional[str] = None
    mechanism: str = "SCRAM-SHA-512"
    ca_file: Optional[str] = None
    cert_file: Optional[str] = None
    key_file: Optional[str] = None
    tls: bool = True

    def __post_init__(self) -> None:
        for one, other in (("username", "password"), ("cert_file", "key_file")):
            if bool(getattr(self, one)) is not bool(getattr(self, other)):
                raise ValueError(f"{one} and {other} go together")

    def __repr__(self) -> str:
        return "Security(…)"

    @classmethod
    def from_environment(cls) -> "Security":
        """Of BLOTTER_KAFKA_USERNAME, _PASSWORD, _MECHANISM, _CA_FILE, _CERT_FILE and _KEY_FILE."""
        fields = ("username", "password", "mechanism", "ca_file", "cert_file", "key_file")
        read = {field: os.environ.get(f"BLOTTER_KAFKA_{field.upper()}") for field in fields}
        given: Dict[str, Any] = {field: value for field, value in read.items() if value}
        return cls(**given)

    def require_files(self) -> None:
        """Raise ValueError if a file is not there: clients only say that they cannot connect."""
        for name in ("ca_file", "cert_file", "key_file"):
            path = getattr(self, name)
            if path and not Path(path).is_file():
                raise ValueError(f"{name}: there is no such file")

    def kafka_options(self) -> Mapping[str, Any]:
        """The same as settings of `kafka.KafkaProducer`."""
        is_tls = self.tls and any((self.username, self.ca_file, self.cert_file))
        options: Dict[str, Any] = {
            "ssl_cafile": self.ca_file,
            "ssl_certfile": self.cert_file,
            "ssl_keyfile": self.key_file,
        }
        if self.username:
            options["sasl_mechanism"] = self.mechanism
            options["sasl_plain_username"] = self.username
            options["sasl_plain_password"] = self.password
        protocol = ("SASL_" if self.username else "") + ("SSL" if is_tls else "PLAINTEXT")
        given = {name: value for name, value in options.items() if value is not None}
        return {"security_protocol": protocol, **given}
