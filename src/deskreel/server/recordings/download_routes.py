"""HTTP of downloads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from deskreel.core.ids import DownloadId, InteractionId, check_id
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.permissions import Permission
from deskreel.server.recordings import downloads
from deskreel.server.recordings.model import Download

router = APIRouter(tags=["recordings"])
Downloader = Annotated[Caller, Depends(Needs(Permission.RECORDINGS_DOWNLOAD))]


@router.post("/interactions/{interaction_id}/downloads", status_code=202)
async def ask_for_download(interaction_id: str, context: Ctx, caller: Downloader) -> Download:
    """Have a finished interaction made into one MP4; asked again, the same one is answered."""
    checked = InteractionId(check_id("int", interaction_id))
    return await downloads.ask_for_download(context, caller, checked)


@router.get("/interactions/{interaction_id}/downloads/{download_id}")
async def get_download(interaction_id: str, download_id: str, context: Ctx, caller: Downloader) -> Download:
    """How one's own download stands; once it is ready, with an address."""
    checked = InteractionId(check_id("int", interaction_id))
    wanted = DownloadId(check_id("dld", download_id))
    return await downloads.get_download(context, caller, checked, wanted)
