"""What the agent does at the desktop program, on its way to the server: a status, a pause, an acknowledgement.

Each call is one request with an id of its own, sent again with the same id when no answer came, so that it
counts once. It carries how long ago the agent acted, for the moment counts, not the arrival. Calls block: make
them from a worker thread. They know nothing of the capture, which hears of it through the desired state.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import httpx2

from deskreel.core.errors import DeskreelError
from deskreel.recorder.enrol.identity import Identity
from deskreel.recorder.problems import UnreachableError, error_from_problem

_TIMEOUT = httpx2.Timeout(10.0, connect=3.0)
_PAUSES_S = (0.5, 2.0)  # before the second and the third attempt


class AgentActions:
    """The agent's requests. `identity` is asked each time: a credential may be renewed meanwhile.

    Methods raise DeskreelError: `UnreachableError` when no answer came after all attempts, else what the
    server said, with its hint.
    """

    def __init__(
        self,
        identity: Callable[[], Identity],
        *,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._identity = identity
        self._client = httpx2.Client(timeout=_TIMEOUT, transport=transport)
        self._sleep = sleep

    def choose_status(self, status: str) -> None:
        """The agent is now in `status`, one of `AgentDesk.statuses`."""
        self._post("status", status=status)

    def pause(self) -> None:
        """The screen must not be recorded from now until `resume`, or the end of the call."""
        self._post("pause", paused=True)

    def resume(self) -> None:
        """The agent's own pause is over."""
        self._post("pause", paused=False)

    def acknowledge(self, notice: str) -> None:
        """The agent has confirmed the text `notice`."""
        self._post("acknowledgements", notice=notice)

    def close(self) -> None:
        """Free the connections."""
        self._client.close()

    def _post(self, path: str, **fields: str | bool) -> None:
        acted_s, event_id = time.monotonic(), uuid.uuid4().hex
        for pause_s in (*_PAUSES_S, None):
            age_ms = round((time.monotonic() - acted_s) * 1000)
            try:
                self._send(path, {"event_id": event_id, "age_ms": age_ms, **fields})
            except DeskreelError as error:
                if pause_s is None or not error.retryable:
                    raise
                self._sleep(pause_s)
            else:
                return

    def _send(self, path: str, body: dict[str, str | bool | int]) -> None:
        who = self._identity()
        url = f"{who.server_url}/api/v1/recorder/{path}"
        headers = {"Authorization": f"Bearer {who.credential}"}
        try:
            response = self._client.post(url, json=body, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UnreachableError(f"{httpx2.URL(url).host}: {type(error).__name__} {error}") from error
        if not response.is_success:
            raise error_from_problem(response)
