"""The page for admins of networks: what has to be open, from the settings; what was measured, from the recorders."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import httpx2

from deskreel.server.context import Context
from deskreel.server.regions.config import Region
from deskreel.server.regions.network_figures import figures
from deskreel.server.regions.network_model import BandwidthNeeds, NetworkRegion, NetworkReport, Opening
from deskreel.server.regions.service import regions

ANSWER_S = 2.0  # a gateway's
NEEDS = BandwidthNeeds(
    minimum=500,
    call_audio=100,
    several_monitors=2000,
    per_client=1500,
    loss_percent=2,
    jitter_ms=400,
    cpu_percent=80,
)
_PORTS = {"http": 80, "https": 443}


async def report(context: Context) -> NetworkReport:
    """All of it, as of now."""
    states, measured = await regions(context), await figures(context)
    known = context.regions.by_name
    answers = await _answers(known.values())
    shown: list[NetworkRegion] = []
    for state in states.items:
        answered = answers.get(state.name)
        silent = ["gateway_silent"] if answered is False else []
        shown.append(
            NetworkRegion.model_validate(
                {
                    **state.model_dump(),
                    "warnings": [*state.warnings, *silent],
                    "gateway_answered": answered,
                    "openings": openings(known[state.name]),
                }
            )
        )
    return NetworkReport(
        server=_https(context.settings.base_url, "pages"), regions=shown, bandwidth=NEEDS, measured=measured
    )


def openings(region: Region) -> list[Opening]:
    """What has to be open to a region, each once."""
    return list({opening.model_dump_json(): opening for opening in _openings(region)}.values())


def _openings(region: Region) -> Iterator[Opening]:
    if region.gateway_url is not None:
        yield _https(region.gateway_url, "media")
    live = region.live_urls or tuple(filter(None, [region.gateway_url]))
    for url in live:
        if url != region.gateway_url:
            yield _https(url, "media", live_only=True)
        yield Opening(
            host=urlsplit(url).hostname or "",
            port=None,
            protocol="udp",
            purpose="live_direct",
            live_only=True,
        )
    if (host := region.turn_host) is not None:
        port, tls = region.turn_port, region.turn_tls_port
        yield Opening(host=host, port=port, protocol="udp", purpose="turn", live_only=True)
        yield Opening(host=host, port=port, protocol="tcp", purpose="turn", live_only=True)
        yield Opening(host=host, port=tls, protocol="tcp", purpose="turn_tls", live_only=True)
        yield Opening(
            host=host, port=region.turn_web_port, protocol="tcp", purpose="turn_web", live_only=True
        )


def _https(url: str, purpose: str, *, live_only: bool = False) -> Opening:
    parts = urlsplit(url)
    return Opening.model_validate(
        {
            "host": parts.hostname or "",
            "port": parts.port or _PORTS[parts.scheme],
            "protocol": "tcp",
            "purpose": purpose,
            "live_only": live_only,
        }
    )


async def _answers(known: Iterable[Region]) -> dict[str, bool]:
    """Whether each region's gateway answers; those whose address is not said are left out."""
    asked = {region.name: region.gateway_url for region in known if region.gateway_url is not None}
    async with httpx2.AsyncClient(timeout=ANSWER_S) as client:
        answers = await asyncio.gather(*(_answered(client, url) for url in asked.values()))
    return dict(zip(asked, answers, strict=True))


async def _answered(client: httpx2.AsyncClient, url: str) -> bool:
    try:
        async with asyncio.timeout(ANSWER_S):
            return (await client.get(f"{url}/health")).is_success
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError):
        return False
