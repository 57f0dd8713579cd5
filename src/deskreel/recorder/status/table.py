"""A status as lines of name and value, for a terminal. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo

from deskreel.core.messages import Health, MonitorInfo
from deskreel.core.time import WallTime
from deskreel.recorder.status.status import RecorderStatus


def lines(status: RecorderStatus, *, zone: tzinfo | None = None) -> list[tuple[str, str]]:
    """Name and value; what is not known is left out. Times are in `zone`, else that of this machine."""
    health = status.health
    agent = "" if status.agent is None else status.agent.name
    if status.agent is not None and status.agent.status:
        agent += f", {status.agent.status}"
    since = "" if status.since is None else f" since {_clock(status.since, zone)}"
    said = [
        ("state", status.mood.value + since),
        ("problem", status.problem_text if status.problem else ""),
        ("do", status.hint if status.problem else ""),
        ("agent", agent),
        ("recording", status.screen_recording_id or ""),
        ("live", "a supervisor watches" if status.watched else ""),
        ("server", f"{status.server_url}, {'connected' if status.connected else 'not connected'}"),
        ("backlog", _backlog(status)),
        ("link", _link(health)),
        ("machine", _machine(health)),
        ("frames", _frames(health)),
        ("encoder", health.encoder + (f", {health.encoder_why}" if health.encoder_why else "")),
        *(("gave up", text) for text in health.adaptations),
        *(("monitor", _monitor(monitor)) for monitor in status.monitors),
        ("recorder", f"{status.recorder_id}, version {status.version}"),
        ("as of", _clock(status.at, zone)),
    ]
    return [(name, value) for name, value in said if value]


def _clock(at: WallTime, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(at / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")


def _backlog(status: RecorderStatus) -> str:
    if not status.backlog_chunks:
        return "none"
    health = status.health
    parts = [f"{status.backlog_chunks} chunks", f"{status.backlog_bytes / 2**20:.1f} MB"]
    if health.oldest_backlog_ms is not None:
        parts.append(f"oldest {_length(health.oldest_backlog_ms / 1000)}")
    if health.backlog_eta_s is not None:
        parts.append(f"sent in {_length(health.backlog_eta_s)}")
    if health.upload_kbps is not None:
        parts.append(f"{health.upload_kbps:.0f} kbit/s")
    return ", ".join(parts)


def _link(health: Health) -> str:
    return ", ".join(
        f"{name} {value:.{digits}f} {unit}"
        for name, value, digits, unit in (
            ("round trip", health.rtt_ms, 0, "ms"),
            ("jitter", health.jitter_ms, 0, "ms"),
            ("loss", health.loss_percent, 1, "%"),
        )
        if value is not None
    )


def _machine(health: Health) -> str:
    parts: list[str] = []
    if health.cpu_percent is not None:
        parts.append(f"recorder {health.cpu_percent:.1f} % of a core")
    if health.machine_cpu_percent is not None:
        parts.append(f"machine {health.machine_cpu_percent:.0f} %")
    if health.rss_bytes is not None:
        parts.append(f"memory {health.rss_bytes / 2**20:.0f} MB")
    if health.disk_free_bytes is not None:
        parts.append(f"disk {health.disk_free_bytes / 2**30:.1f} GB free")
    return ", ".join(parts)


def _frames(health: Health) -> str:
    if not health.frames:
        return ""
    parts = [str(health.frames)]
    if health.fps_limit is not None:
        parts.append(f"at most {health.fps_limit} per second")
    if health.frame_ms_p50 is not None and health.frame_ms_p95 is not None:
        parts.append(f"each {health.frame_ms_p50:.0f} ms (95 %: {health.frame_ms_p95:.0f} ms)")
    parts.extend(f"{count} missed: {reason}" for reason, count in sorted(health.dropped_slots.items()))
    return ", ".join(parts)


def _monitor(monitor: MonitorInfo) -> str:
    marks = [
        name for name, true in (("primary", monitor.primary), ("in the picture", monitor.active)) if true
    ]
    place = f"{monitor.name} {monitor.width}x{monitor.height}+{monitor.x}+{monitor.y}"
    return ", ".join([place, *marks])


def _length(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
