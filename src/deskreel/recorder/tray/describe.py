"""From a `RecorderStatus` to the `Panel` that the agent sees: every word of it, and nothing of Qt. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from deskreel.core.messages import Health
from deskreel.core.policy import CapturePolicy, Notice
from deskreel.core.time import WallTime
from deskreel.recorder.status.status import Mood, RecorderStatus
from deskreel.recorder.tray.panel import Banner, Face, Fact, MapMonitor, Panel, Pausing

# Above (below for the uplink) these the agent is told; the recorder lowers what it costs by rules of its own.
CPU_PERCENT = 80.0
LOSS_PERCENT = 2.0
JITTER_MS = 400.0
UPLINK_KBPS = 500.0
DISK_FREE_BYTES = 1_000_000_000

NOTICE_TEXT = (
    "Calls that you take at this desktop may be recorded. While such a call is up, your screen is recorded with "
    "it, and through After Call Work. When the call recording is paused, so is the recording of your screen. "
    "The Deskreel icon shows at any time whether your screen is being recorded."
)

STAYING_TEXT = "Your administrator has switched off quitting."

WATCHED_TEXT = "A supervisor is watching your screen live."

_STATES = {
    Mood.IDLE: ("Not recording", "Recording begins with the next recorded call."),
    Mood.RECORDING: ("Recording", "Your screen is recorded with this call."),
    Mood.PAUSED: ("Paused", "Nothing on your screen is recorded until the recording goes on."),
    Mood.ACW: ("After Call Work", "Your screen is recorded until you leave After Call Work."),
    Mood.OFFLINE: ("No connection", "No new recording begins until the server is back."),
    Mood.PROBLEM: ("Needs attention", "Something keeps Deskreel from recording as it should."),
}
_FACES = {
    Mood.IDLE: Face.IDLE,
    Mood.RECORDING: Face.RECORDING,
    Mood.PAUSED: Face.PAUSED,
    Mood.ACW: Face.ACW,
    Mood.OFFLINE: Face.OFFLINE,
    Mood.PROBLEM: Face.PROBLEM,
}
_OF_A_CALL = (Mood.RECORDING, Mood.PAUSED, Mood.ACW)


def describe(status: RecorderStatus, *, acknowledge: bool = False, zone: tzinfo | None = None) -> Panel:
    """The panel for `status`; times in `zone`, the desktop's own when None.

    `acknowledge`: the notice is to be confirmed now.
    """
    # whoever is told of a live view is told of the recording, too
    quiet = discreet(status.policy) and not status.watched
    capturing = status.screen_recording_id is not None
    face, headline, detail = _state(status, quiet=quiet)
    hidden = quiet and status.mood in _OF_A_CALL
    agent = status.agent
    return Panel(
        face=face,
        headline=headline,
        detail=detail,
        watched=WATCHED_TEXT if status.watched else "",
        since="" if status.since is None or hidden else clock(status.since, status.at, zone),
        agent="" if agent is None else agent.name,
        statuses=() if agent is None else agent.statuses,
        status="" if agent is None else agent.status or "",
        pausing=_pausing(status),
        capturing=capturing,
        problem=status.problem_text,
        hint=status.hint if status.problem_text else "",
        upload=_upload(status),
        network=_network(status),
        machine=_machine(status.health),
        sending=_sending(status),
        facts=tuple(_facts(status.health)),
        adaptations=status.health.adaptations,
        monitors=tuple(
            MapMonitor(
                name=m.name,
                x=m.x,
                y=m.y,
                width=m.width,
                height=m.height,
                primary=m.primary,
                active=m.active and not quiet,
            )
            for m in status.monitors
        ),
        about=(
            ("Version", status.version),
            ("Recorder", status.recorder_id),
            ("Server", status.server_url),
        ),
        banner=_banner(status) if status.policy.notice is Notice.BANNER else None,
        notice=NOTICE_TEXT if acknowledge else "",
        staying="" if status.policy.agent_may_quit else STAYING_TEXT,
    )


def describe_failure(detail: str, hint: str, version: str) -> Panel:
    """The panel for a recorder that cannot run at all."""
    return Panel(
        face=Face.PROBLEM,
        headline="Not running",
        detail="Nothing is recorded at this desktop.",
        problem=detail,
        hint=hint,
        about=(("Version", version),),
        final=True,
    )


def discreet(policy: CapturePolicy) -> bool:
    """Whether the agent is not told by us; one who may pause has to be."""
    return policy.notice is Notice.NONE and not policy.agent_may_pause


def _state(status: RecorderStatus, *, quiet: bool) -> tuple[Face, str, str]:
    mood = status.mood
    if quiet and (mood is Mood.IDLE or mood in _OF_A_CALL):
        return Face.IDLE, "Running", "Deskreel is connected and works as it should."
    headline, detail = _STATES[mood]
    if mood is Mood.IDLE and status.backlog_chunks:
        return Face.UPLOADING, "Uploading", "Not recording. What was recorded is on its way to the server."
    if mood is Mood.IDLE and status.policy.look_back_ms:
        kept = duration(status.policy.look_back_ms / 1000)
        detail = f"The last {kept} are kept in memory alone, in case a recorded call has begun already."
    if status.screen_recording_id is not None and not quiet:
        if mood is Mood.PROBLEM:
            detail = "A call is being recorded; its screen may be missing."
        elif not status.connected:
            detail = "No connection: this recording goes on, stays at this desktop, and is sent later."
    return _FACES[mood], headline, detail


def _pausing(status: RecorderStatus) -> Pausing:
    if not status.policy.agent_may_pause:
        return Pausing.NO
    if status.mood is Mood.PAUSED:
        return Pausing.RESUME
    call = status.screen_recording_id is not None and status.mood is not Mood.ACW
    return Pausing.PAUSE if call else Pausing.IDLE


def _banner(status: RecorderStatus) -> Banner | None:
    if status.mood is Mood.PAUSED:
        return Banner(face=Face.PAUSED, text="Screen recording paused")
    if status.screen_recording_id is None:
        return None
    if status.mood is Mood.ACW:
        return Banner(face=Face.ACW, text=f"After Call Work: this screen is recorded{_watched(status)}")
    return Banner(face=Face.RECORDING, text=f"This screen is recorded{_watched(status)}")


def _watched(status: RecorderStatus) -> str:
    return ", and a supervisor is watching" if status.watched else ""


def _upload(status: RecorderStatus) -> str:
    if not status.backlog_chunks:
        return "All sent"
    health = status.health
    said = [f"{_chunks(status)} waiting ({size(status.backlog_bytes)})"]
    if health.oldest_backlog_ms is not None:
        said.append(f"the oldest for {duration(health.oldest_backlog_ms / 1000)}")
    if health.backlog_eta_s is not None:
        said.append(f"about {duration(health.backlog_eta_s)} to go")
    return ", ".join(said)


def _sending(status: RecorderStatus) -> str:
    if not status.backlog_chunks:
        return "Upload: all sent"
    eta = status.health.backlog_eta_s
    return f"Upload: {_chunks(status)} waiting" + ("" if eta is None else f", about {duration(eta)} to go")


def _chunks(status: RecorderStatus) -> str:
    return f"{status.backlog_chunks} chunk{'' if status.backlog_chunks == 1 else 's'}"


def _network(status: RecorderStatus) -> str:
    if not status.connected:
        return "Network: no connection"
    health = status.health
    known = _known((health.rtt_ms, "{:.0f} ms"), (health.loss_percent, "{:.1f} % lost"))
    verdict = "poor" if any(fact.warning for fact in _link(health)) else "good"
    return f"Network: {verdict}" + (f" ({known})" if known else "")


def _machine(health: Health) -> str:
    low = health.disk_free_bytes is not None and health.disk_free_bytes < DISK_FREE_BYTES
    known = _known(
        (health.machine_cpu_percent, "CPU {:.0f} %"),
        (health.cpu_percent, "Deskreel {:.0f} %"),
        (0.0 if low else None, "disk nearly full"),
    )
    verdict = "busy" if any(fact.warning for fact in _own(health)) else "good"
    return f"This desktop: {verdict} ({known})" if known else "This desktop: not measured yet"


def _known(*readings: tuple[float | None, str]) -> str:
    return ", ".join(form.format(value) for value, form in readings if value is not None)


def _facts(health: Health) -> Iterable[Fact]:
    yield from _own(health)
    yield from _link(health)
    if health.encoder:
        yield Fact(name="Encoder", value=health.encoder)
    if health.frame_ms_p95 is not None:
        yield Fact(name="Time per picture", value=f"{health.frame_ms_p95:.0f} ms")
    if health.fps_limit is not None:
        yield Fact(name="Pictures", value=f"up to {health.fps_limit} per second")


def _own(health: Health) -> Iterable[Fact]:
    if (cpu := health.machine_cpu_percent) is not None:
        warning = f"over {CPU_PERCENT:.0f} %" if cpu > CPU_PERCENT else ""
        yield Fact(name="CPU of this desktop", value=f"{cpu:.0f} %", warning=warning)
    if (cpu := health.cpu_percent) is not None:
        yield Fact(name="CPU of Deskreel", value=f"{cpu:.1f} % of a core")
    if health.rss_bytes is not None:
        yield Fact(name="Memory of Deskreel", value=size(health.rss_bytes))
    if (free := health.disk_free_bytes) is not None:
        warning = f"under {size(DISK_FREE_BYTES)}" if free < DISK_FREE_BYTES else ""
        yield Fact(name="Disk free", value=size(free), warning=warning)


def _link(health: Health) -> Iterable[Fact]:
    if health.rtt_ms is not None:
        yield Fact(name="Round trip", value=f"{health.rtt_ms:.0f} ms")
    if (loss := health.loss_percent) is not None:
        warning = f"over {LOSS_PERCENT:.0f} %" if loss > LOSS_PERCENT else ""
        yield Fact(name="Loss", value=f"{loss:.1f} %", warning=warning)
    if (jitter := health.jitter_ms) is not None:
        warning = f"over {JITTER_MS:.0f} ms" if jitter > JITTER_MS else ""
        yield Fact(name="Jitter", value=f"{jitter:.0f} ms", warning=warning)
    if (rate := health.upload_kbps) is not None:
        warning = f"under {UPLINK_KBPS:.0f} kbit/s" if rate < UPLINK_KBPS else ""
        yield Fact(name="Upload", value=f"{rate:.0f} kbit/s", warning=warning)


def clock(at: WallTime, now: WallTime, zone: tzinfo | None) -> str:
    """`at` as local hours and minutes, with the day when that is not `now`'s."""
    then, today = (datetime.fromtimestamp(moment / 1000, zone) for moment in (at, now))
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%d %b %H:%M}"


def size(count: int) -> str:
    """Bytes for people, to the power of 1000."""
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1e6:.1f} MB" if count < 1_000_000_000 else f"{count / 1e9:.1f} GB"


def duration(seconds: float) -> str:
    """A length of time for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
