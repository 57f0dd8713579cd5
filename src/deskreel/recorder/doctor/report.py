"""The report of a check as a document: printed, shown at the desktop, and sent to the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import httpx2

from deskreel.recorder.doctor.rows import Row, exit_code
from deskreel.recorder.enrol.identity import Identity
from deskreel.recorder.problems import UnreachableError, error_from_problem
from deskreel.recorder.upload.remote import new_http_client

_LONGEST = 900  # characters of a text; a server or a box on the way may say anything


def document(who: Identity, region: str | None, rows: Sequence[Row]) -> dict[str, Any]:
    """The report in JSON."""
    return {
        "server": who.server_url,
        "region": region,
        "rows": [{name: text[:_LONGEST] for name, text in asdict(row).items()} for row in rows],
        "exit_code": exit_code(rows),
    }


async def send(who: Identity, report: dict[str, Any]) -> None:
    """Have the server keep the report in place of this recorder's last one.

    Raises:
        DeskreelError: it cannot be reached, or refuses.
    """
    headers = {"Authorization": f"Bearer {who.credential}"}
    async with new_http_client() as client:
        try:
            answer = await client.post(
                f"{who.server_url}/api/v1/recorder/check", json=report, headers=headers
            )
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UnreachableError(f"{type(error).__name__} {error}".strip()) from error
    if not answer.is_success:
        raise error_from_problem(answer)
