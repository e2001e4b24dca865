"""Connection to the broker, shared by every Kafka client of the system."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

SecurityProtocol = Literal["PLAINTEXT", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]


@dataclass(frozen=True)
class KafkaConnection:
    """Addresses of the broker, and how a client connects and authenticates."""

    servers: str
    """Addresses of the broker, `host:port[,host:port]`."""
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    """PEM file of the authority that signed the broker's certificate; `None` means the system's authorities."""

    @property
    def authenticated(self) -> bool:
        """True if the broker requires authentication."""
        return self.security_protocol != "PLAINTEXT"

    def arguments(self) -> dict[str, Any]:
        """Return the arguments that every aiokafka client takes. Raises `OSError` if `ca_file` cannot be read."""
        arguments: dict[str, Any] = {"bootstrap_servers": self.servers, "security_protocol": self.security_protocol}
        if self.authenticated:
            arguments |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        if self.security_protocol == "SASL_SSL":
            arguments["ssl_context"] = ssl.create_default_context(cafile=self.ca_file)
        return arguments

    def environment(self) -> dict[str, str]:
        """Return the environment variables with which a service opens this connection."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.servers,
            "KAFKA_SECURITY_PROTOCOL": self.security_protocol,
            "KAFKA_SASL_MECHANISM": self.sasl_mechanism,
            "KAFKA_USERNAME": self.username,
            "KAFKA_PASSWORD": self.password,
            **({"KAFKA_CA_FILE": str(self.ca_file)} if self.ca_file else {}),
        }
