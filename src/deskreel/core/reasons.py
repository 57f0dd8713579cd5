"""Why a second that should have been captured is missing: codes for programs, advice for people."""

from __future__ import annotations

from enum import StrEnum


class ReasonCode(StrEnum):
    """Each value is stable: it stands in the database, the API and manifests."""

    RECORDER_OFFLINE = "recorder_offline"
    NOT_ENROLLED = "not_enrolled"
    RECORDER_KILLED = "recorder_killed"
    NO_DISPLAY = "no_display"
    LOCKED = "locked"
    SESSION_SWITCHED = "session_switched"
    PERMISSION_DENIED = "permission_denied"
    SUSPENDED = "suspended"
    DISK_FULL = "disk_full"
    ENCODER_FAILED = "encoder_failed"
    START_DELAY = "start_delay"
    STOP_EARLY = "stop_early"
    SPOOL_EXPIRED = "spool_expired"
    NOT_SEALED = "not_sealed"
    CHUNK_QUARANTINED = "chunk_quarantined"
    NOT_UPLOADED = "not_uploaded"
    TELEPHONY_LOST = "telephony_lost"
    PAUSE_UNKNOWN = "pause_unknown"
    USER_DISABLED = "user_disabled"
    MAX_LENGTH = "max_length"
    CUT_FOR_PRIVACY = "cut_for_privacy"
    UNDECODABLE = "undecodable"
    UNKNOWN = "unknown"

    @property
    def advice(self) -> str:
        """One sentence: what happened and what to do."""
        return _ADVICE[self]


_ADVICE = {
    ReasonCode.RECORDER_OFFLINE: "The recorder had no connection: check that it runs and reaches the server.",
    ReasonCode.NOT_ENROLLED: "No recorder is enrolled for this agent: enrol one on the agent's desktop.",
    ReasonCode.RECORDER_KILLED: "The recorder was ended in mid call and started again: see its log.",
    ReasonCode.NO_DISPLAY: "There was no display to capture: the session was closed or restarted.",
    ReasonCode.LOCKED: "The desktop was locked: nothing of the agent's work was on the screen.",
    ReasonCode.SESSION_SWITCHED: "Another user's session was in front: nothing of the agent's was shown.",
    ReasonCode.PERMISSION_DENIED: "The system did not let the recorder see the screen: grant screen recording to it.",
    ReasonCode.SUSPENDED: "The desktop slept or stood still.",
    ReasonCode.DISK_FULL: "The disk of the desktop was full: free space or move the spool.",
    ReasonCode.ENCODER_FAILED: "The encoder failed and was restarted: see the recorder's log.",
    ReasonCode.START_DELAY: "The moment between the call event and the first frame.",
    ReasonCode.STOP_EARLY: "Capture ended before the call did: see the recorder's log.",
    ReasonCode.CHUNK_QUARANTINED: "A chunk was damaged and set aside: it is in the recorder's quarantine.",
    ReasonCode.SPOOL_EXPIRED: "The recorder could not upload this part before the spool's age limit, and deleted it.",
    ReasonCode.NOT_SEALED: "The server gave no key to seal chunks for: see DESKREEL_REGION_PUBLIC_KEY.",
    ReasonCode.NOT_UPLOADED: "The recorder still holds this part and uploads it when it can.",
    ReasonCode.TELEPHONY_LOST: "The link to the telephony was down: it is unknown whether to record.",
    ReasonCode.PAUSE_UNKNOWN: "The telephony could not say whether the call recording was paused.",
    ReasonCode.USER_DISABLED: "An admin took this agent off screen recording in mid call.",
    ReasonCode.MAX_LENGTH: "The screen recording reached its maximum length.",
    ReasonCode.CUT_FOR_PRIVACY: "A pause was reported late, and its pictures were removed before its end was known.",
    ReasonCode.UNDECODABLE: "These pictures build on ones that had to be removed.",
    ReasonCode.UNKNOWN: "No cause was reported: see the recorder's log around this time.",
}
