"""Deciding with four eyes: holds back what the rules say, and lets it happen when a second person agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stadtwerk.kernel.access import Principal, may
from stadtwerk.kernel.access.accounts import People
from stadtwerk.kernel.access.decide import HOUSE
from stadtwerk.kernel.access.four_eyes import Rule, check_second, hold, lapse, rejected
from stadtwerk.kernel.access.orders import ALL, Approve, Reject
from stadtwerk.kernel.access.personal import restore_content
from stadtwerk.kernel.command import Command, Life, Order, carried_out, refused
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Part


class FourEyes:
    """Decides every order, with the rules of the data folder."""

    def __init__(self, parts: Mapping[str, Part], rules: Sequence[Rule], house: Principal) -> None:
        self._parts, self._rules, self._house = parts, rules, house
        self._people: People = parts["access"].state

    def decide(self, order: Order, now_us: int) -> list[Event]:
        """Return the events of an order: those of its system, or that it is held; approving lets the held happen."""
        if isinstance(order.content, Approve | Reject):
            return self._second(order, order.content, now_us)
        events = self._decided(order, now_us)
        if events[-1].kind == Life.REFUSED or order.actor == "oidc":
            return events
        rule = next((rule for rule in self._rules if rule.catches(order, events)), None)
        return hold(order, events, rule, now_us) if rule else events

    def held(self) -> list[Command]:
        """Return the commands that wait for a second person, oldest first."""
        waiting = [command for part in self._parts.values() for command in part.state.book.held_commands()]
        return sorted(waiting, key=lambda command: command.seq)

    def lapsed(self, now_us: int) -> list[Event]:
        """Close what nobody approved in time."""
        return [lapse(command, now_us) for command in self.held() if now_us >= command.deadline_us]

    def _decided(self, order: Order, now_us: int) -> list[Event]:
        part = self._parts[order.system]
        return part.system.decide(part.state, order, now_us)

    def _second(self, order: Order, content: Approve | Reject, now_us: int) -> list[Event]:
        try:
            command = check_second(self._find(content.command), order)
            self._check_right(order.actor, command.kind)
            if now_us >= command.deadline_us:
                raise Refused.of("too-late", "The time to decide is over", 409, "Ask for the command again.")
        except Refused as no:
            return refused(order, now_us, no.refusal, content.command)
        if isinstance(content, Reject):
            what = rejected(command, order, now_us, content.reason)
            return carried_out(order, now_us, command.title, [what])
        approved = Event(now_us, "access.approved", command.id, order.actor, order.id, {"reason": content.reason})
        return carried_out(order, now_us, command.title, [approved, *self._happens(command, order, now_us)])

    def _happens(self, command: Command, approval: Order, now_us: int) -> list[Event]:
        """Decide the held command anew: the world may have changed while it waited."""
        types: dict[str, type[Any]] = {**self._parts[command.system].system.commands, **ALL}
        content = restore_content(types[command.kind], command.body)
        asked = Order(command.id, command.actor, command.kind, content, approval.id)
        return self._decided(asked, now_us)[1:]

    def _find(self, command_id: str) -> Command | None:
        books = (part.state.book.commands for part in self._parts.values())
        return next((book[command_id] for book in books if command_id in book), None)

    def _check_right(self, actor: str, kind: str) -> None:
        principal = self._house if actor in HOUSE else self._people.principal(actor, "")
        if principal is None or not may(principal, kind):
            raise Refused.of("forbidden", "Your role does not allow this", 403, f"{kind} is not open to {actor}")
