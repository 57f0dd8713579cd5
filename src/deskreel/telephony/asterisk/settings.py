"""What an operator says about an Asterisk, and how its agents are told apart."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class AsteriskSettings(BaseModel):
    """One PBX."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="Where the manager interface listens.")
    port: int = Field(default=5038, ge=1, le=65535, description="Its port; 5039 is usual with TLS.")
    username: str = Field(description="The section in manager.conf.")
    secret: SecretStr = Field(description="Its secret; sent in the clear only over TLS or to this machine.")
    tls: bool = Field(default=False, description="Speak TLS, and check the certificate and its name.")
    tls_ca: str | None = Field(default=None, description="PEM file of the authority; unset: the system's.")
    agents: dict[str, str] = Field(
        default_factory=dict,
        description="Interface, member name or extension → agent; queue members need none.",
    )
    acw_reasons: tuple[str, ...] = Field(
        default=("ACW",),
        description="Reasons of a queue pause that mean After Call Work; case does not matter.",
    )
    ping_s: float = Field(default=5.0, gt=0, le=300, description="A ping this often, and a heartbeat.")
    answer_s: float = Field(
        default=10.0, gt=0, le=300, description="Without an answer for so long it is lost."
    )
    retry_s: float = Field(default=30.0, gt=0, le=3600, description="The longest wait between two attempts.")
