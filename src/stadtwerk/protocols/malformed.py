"""What a codec says when a message does not follow its protocol."""

from __future__ import annotations


class Malformed(ValueError):  # noqa: N818 - the message is malformed; nothing of ours broke
    """A message the field sent wrongly; `code` names the fault for counting in quarantine."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
