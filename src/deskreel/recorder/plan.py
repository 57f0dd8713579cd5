"""What to do with the spool next. Pure: holdings and the server's view in, work out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from deskreel.core.chunk import ChunkMeta
from deskreel.core.ids import ScreenRecordingId
from deskreel.recorder.keep import Verdict, decide
from deskreel.recorder.spool import Holding
from deskreel.recorder.view import ServerView


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One chunk of one recording."""

    recording: ScreenRecordingId
    chunk: ChunkMeta


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Work, in the order in which to begin it."""

    drop: tuple[Item, ...] = ()  # to be deleted: must not leave
    send: tuple[Item, ...] = ()  # to be sent, in whole or in part
    finish: tuple[ScreenRecordingId, ...] = ()  # ended and sent in full: the manifest is due
    strays: tuple[ScreenRecordingId, ...] = ()  # held, but the server does not ask for them


def make_plan(
    holdings: Sequence[Holding],
    view: ServerView,
    *,
    hold_back_ms: int,
    busy: Collection[tuple[ScreenRecordingId, int]] = (),
    resting: Collection[ScreenRecordingId] = (),
    finished: Collection[ScreenRecordingId] = (),
    slots: int,
) -> Plan:
    """What to begin now.

    Args:
        holdings: of each recording the oldest chunks.
        view: without a desired state nothing is done.
        hold_back_ms: see `keep`.
        busy: recordings and sequence numbers that are being sent.
        resting: recordings after a failure; nothing of them is sent, but they are still cut.
        finished: recordings whose manifest the server has.
        slots: how many chunks may be begun, the oldest first.
    """
    if view.desired is None:
        return Plan()
    drop: list[Item] = []
    send: list[Item] = []
    strays: list[ScreenRecordingId] = []
    for holding in holdings:
        recording = holding.info.screen_recording_id
        keep = view.keep_of(recording)
        if keep is None and not holding.open and recording not in resting:
            strays.append(recording)
        for chunk in holding.chunks:
            if (recording, chunk.seq) in busy:
                continue
            decision = decide(chunk, keep, confirmed_until=view.confirmed_until, hold_back_ms=hold_back_ms)
            match decision.verdict:
                case Verdict.WAIT:
                    break  # chunks are in the order of time: so do the others
                case Verdict.DROP:
                    drop.append(Item(recording=recording, chunk=chunk))
                case Verdict.RELEASE | Verdict.TRIM:
                    if recording not in resting:
                        send.append(Item(recording=recording, chunk=chunk))
    send.sort(key=lambda item: (item.chunk.start, item.recording, item.chunk.seq))
    return Plan(
        drop=tuple(drop),
        send=tuple(send[: max(0, slots)]),
        finish=_due_manifests(holdings, view, {*resting, *finished}),
        strays=tuple(strays),
    )


def _due_manifests(
    holdings: Sequence[Holding], view: ServerView, not_now: Collection[ScreenRecordingId]
) -> tuple[ScreenRecordingId, ...]:
    """Ended recordings of which nothing is captured and nothing left; also those never captured at all."""
    unfinished = {h.info.screen_recording_id for h in holdings if h.open or h.count}
    desired = view.desired
    assert desired is not None  # noqa: S101  # checked by the caller
    captured_now = None if desired.order is None else desired.order.screen_recording_id
    return tuple(
        keep.screen_recording_id
        for keep in desired.keep
        if keep.ended
        and keep.screen_recording_id not in unfinished
        and keep.screen_recording_id not in not_now
        and keep.screen_recording_id != captured_now
    )
