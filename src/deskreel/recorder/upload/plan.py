"""What to do with the spool next. Pure: holdings and the server's view in, work out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from deskreel.core.ids import ScreenRecordingId
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.spool.spool import Holding
from deskreel.recorder.spool.spooled import SpooledChunk
from deskreel.recorder.upload.keep import Verdict, decide_within, keep_windows, settled_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One chunk of one recording."""

    recording: ScreenRecordingId
    chunk: SpooledChunk


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
    parallel: int,
    lane: ScreenRecordingId | None = None,
) -> Plan:
    """What to begin now.

    Args:
        holdings: of each recording the oldest chunks.
        view: without a desired state nothing is done.
        hold_back_ms: see `keep`.
        busy: recordings and sequence numbers that are being sent.
        resting: recordings after a failure; nothing of them is sent, but they are still cut.
        finished: recordings whose manifest the server has.
        parallel: how many may be on their way at once, with those that are `busy`.
        lane: the recording for which one of them stays free, so that it does not wait for a long backlog.
    """
    if view.desired is None:
        return Plan()
    drop: list[Item] = []
    send: list[Item] = []
    strays: list[ScreenRecordingId] = []
    keeps = {keep.screen_recording_id: keep for keep in view.desired.keep}
    for holding in holdings:
        recording = holding.info.screen_recording_id
        keep = keeps.get(recording)
        if keep is None:
            if not holding.open and recording not in resting:
                strays.append(recording)
            continue
        windows = keep_windows(keep, view.confirmed_until)
        settled = settled_until(
            keep, windows, confirmed_until=view.confirmed_until, hold_back_ms=hold_back_ms
        )
        for chunk in holding.chunks:
            if (recording, chunk.seq) in busy:
                continue
            match decide_within(chunk, windows, settled).verdict:
                case Verdict.WAIT:
                    break  # chunks are in the order of time: so do the others
                case Verdict.DROP:
                    drop.append(Item(recording=recording, chunk=chunk))
                case Verdict.RELEASE | Verdict.TRIM:
                    if recording not in resting:
                        send.append(Item(recording=recording, chunk=chunk))
    send.sort(key=_by_age)
    return Plan(
        drop=tuple(drop),
        send=_chosen(send, busy, parallel, lane),
        finish=_due_manifests(holdings, view, {*resting, *finished}),
        strays=tuple(strays),
    )


def _chosen(
    ready: Sequence[Item],
    busy: Collection[tuple[ScreenRecordingId, int]],
    parallel: int,
    lane: ScreenRecordingId | None,
) -> tuple[Item, ...]:
    """The oldest ones, as many as there is room for; with a lane, all others leave one place to it.

    Where there is only one place, it goes to the lane as long as that has something to send.
    """
    free = max(0, parallel - len(busy))
    if lane is None:
        return tuple(ready[:free])
    own = [item for item in ready if item.recording == lane]
    others = [item for item in ready if item.recording != lane]
    own_busy = sum(recording == lane for recording, _ in busy)
    places = parallel - 1 if parallel > 1 else int(not own and not own_busy)
    room = max(0, min(free, places - (len(busy) - own_busy)))
    chosen = [*others[:room], *own[: free - len(others[:room])]]
    return tuple(sorted(chosen, key=_by_age))


def _by_age(item: Item) -> tuple[int, str, int]:
    return item.chunk.start, item.recording, item.chunk.seq


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
