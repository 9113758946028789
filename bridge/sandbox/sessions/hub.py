"""All sessions, and the delivery of events to them, standing faults included."""

from collections import Counter
from random import Random

from bridge.sandbox.clock import Clock
from bridge.sandbox.fault_board import FaultBoard
from bridge.sandbox.sessions.line import Line
from bridge.sandbox.sessions.session import Event, Session

__all__ = ["RESUMABLE_S", "Hub"]

RESUMABLE_S = 300.0
OVERTAKING_S = 0.05


class Hub:
    """Sessions by id, whether somebody is connected to them or not."""

    def __init__(self, clock: Clock, faults: FaultBoard, rng: Random) -> None:
        self._clock = clock
        self._faults = faults
        self._rng = rng
        self._sessions: dict[str, Session] = {}
        self._of_user: dict[int, dict[str, Session]] = {}
        self._starts: Counter[int] = Counter()

    @property
    def count(self) -> int:
        """Return how many sessions there are."""
        return len(self._sessions)

    def open(self, user_id: int, line: Line, *, is_bot: bool) -> Session:
        """Begin a session."""
        session = Session(f"{self._rng.getrandbits(128):032x}", user_id, is_bot, line)
        self._sessions[session.id] = session
        self._of_user.setdefault(user_id, {})[session.id] = session
        self._starts[user_id] += 1
        return session

    def starts_of(self, user_id: int) -> int:
        """Return how often a user has begun a session."""
        return self._starts[user_id]

    def find(self, session_id: object) -> Session | None:
        """Return the session with an id that a client named."""
        return self._sessions.get(session_id) if isinstance(session_id, str) else None

    def everyone(self) -> list[Session]:
        """Return all sessions."""
        return list(self._sessions.values())

    def of_user(self, user_id: int | None) -> list[Session]:
        """Return the sessions of one user; all of them for None."""
        return self.everyone() if user_id is None else list(self._of_user.get(user_id, {}).values())

    def resume(self, session: Session, line: Line) -> None:
        """Connect a session again; a connection that it still has is dropped."""
        self._clock.forget(session.expiry)
        if session.line is not None:
            session.line.cut()
        session.line = line

    def lose(self, session: Session, line: Line) -> None:
        """Keep a session without its connection for a while."""
        if session.line is line:
            session.line = None
            session.expiry = self._clock.later(RESUMABLE_S, lambda: self.end(session))

    def end(self, session: Session) -> None:
        """Forget a session."""
        self._clock.forget(session.expiry)
        self._sessions.pop(session.id, None)
        self._of_user.get(session.user_id, {}).pop(session.id, None)

    def cut_all(self) -> None:
        """Drop every connection."""
        for session in self.everyone():
            if session.line is not None:
                session.line.cut()

    def deliver(self, session: Session, event: Event) -> None:
        """Send an event to one session, unless a fault holds it, doubles it or lets it be overtaken."""
        if self._faults.stands("hold_events", session.user_id):
            session.held.append(event)
            return
        copies = 2 if self._faults.strikes("duplicate_events", session.user_id) else 1
        for _ in range(copies):
            self._send_in_some_order(session, event)

    def release(self) -> None:
        """Send everything that was held, in its order."""
        for session in self.everyone():
            while session.held and not self._faults.stands("hold_events", session.user_id):
                session.send(session.held.popleft())

    def _send_in_some_order(self, session: Session, event: Event) -> None:
        if session.overtaken is not None:
            session.send(event)
            self._let_pass(session)
        elif self._faults.strikes("reorder_events", session.user_id):
            session.overtaken = event
            self._clock.later(OVERTAKING_S, lambda: self._let_pass(session))
        else:
            session.send(event)

    def _let_pass(self, session: Session) -> None:
        event, session.overtaken = session.overtaken, None
        if event is not None:
            session.send(event)
