"""What became of a subscription's notifications: due = delivered + dead + pending, always (clause 5.2.14.2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Told:
    """Figures of one subscription, or of all; instants are microseconds UTC of city time, 0 = never."""

    due: int = 0
    """Notifications that changes and intervals called for."""
    delivered: int = 0
    """Notifications that a receiver took."""
    dead: int = 0
    """Notifications given up; they can be sent again."""
    sent: int = 0
    """Notifications that were sent; repetitions of one do not count again."""
    failed: int = 0
    """Notifications that were not taken at the first try."""
    last_due_us: int = 0
    last_sent_us: int = 0
    last_success_us: int = 0
    last_failure_us: int = 0

    @property
    def pending(self) -> int:
        """Return how many notifications wait to be delivered."""
        return self.due - self.delivered - self.dead

    def add(self, other: Told) -> None:
        """Add what happened since."""
        self.due += other.due
        self.delivered += other.delivered
        self.dead += other.dead
        self.sent += other.sent
        self.failed += other.failed
        self.last_due_us = other.last_due_us or self.last_due_us
        self.last_sent_us = other.last_sent_us or self.last_sent_us
        self.last_success_us = other.last_success_us or self.last_success_us
        self.last_failure_us = other.last_failure_us or self.last_failure_us

    def row(self) -> tuple[int, ...]:
        """Return the figures in the order in which they stand above."""
        return (
            self.due,
            self.delivered,
            self.dead,
            self.sent,
            self.failed,
            self.last_due_us,
            self.last_sent_us,
            self.last_success_us,
            self.last_failure_us,
        )
