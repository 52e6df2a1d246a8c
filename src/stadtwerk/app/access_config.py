"""The data folder's own say on access: `access.toml`, written with its examples at the first start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec

from stadtwerk.adapters.oidc import Provider
from stadtwerk.context.rights import Grant
from stadtwerk.kernel.access.four_eyes import Rule
from stadtwerk.kernel.refusal import Refused

EXAMPLE = """\
# Who may come in, and what takes two persons. Read at each start of the core; docs/access.md explains it.

# The address people use, if it is not this machine's own: passkeys and the identity provider are bound to it.
# public_url = "https://leitstand.example"

# Chosen commands wait until another person with the right to them says yes.
# [[four_eyes]]
# kind = "lighting.set-level"
# targets_over = 1000
# level_below_percent = 30
# wait_minutes = 30
#
# [[four_eyes]]
# kind = "access.*"
# role = "admin"

# Who reads and writes what over NGSI-LD, by tenant, type and scope; without rules of its own a city shows everybody
# what its systems publish, and lets operators and engineers write.
# [[ngsild]]
# who = ["partner"]
# may = ["read", "write"]
# tenants = ["port"]
# types = ["*"]
# scopes = ["/Duisburg/Ruhrort*"]

# Sign-in with the house's identity provider (OpenID Connect); the client's secret stands in run/oidc_secret, if any.
# [oidc]
# issuer = "https://id.example"
# client_id = "stadtwerk"
# groups_claim = "groups"
# [oidc.roles]
# "leitstelle" = "operator"
"""


class AccessConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `access.toml` may say."""

    public_url: Annotated[str, msgspec.Meta(pattern="^https?://[^/]+$")] = ""
    four_eyes: tuple[Rule, ...] = ()
    oidc: Provider | None = None
    ngsild: tuple[Grant, ...] = ()


def read_access(data: Path) -> AccessConfig:
    """Read a data folder's access.toml, making it if there is none; refuses what it does not understand."""
    path = data / "access.toml"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(EXAMPLE)
    try:
        return msgspec.toml.decode(path.read_bytes(), type=AccessConfig)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise Refused.of("access", "access.toml is not understood", 422, f"{path}: {error}") from error
