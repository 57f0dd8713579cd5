"""Rows of recordings: screen recordings, the parts of calls in them, call recordings, transcripts."""

from sqlalchemy import BigInteger, Column, Computed, Float, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from deskreel.core.tokens import DEFAULT_REGION
from deskreel.server.db.base import Millis, metadata

screen_recordings = Table(
    "screen_recordings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    Column("recorder_id", Text, ForeignKey("recorders.id")),  # which one was asked; null: none was enrolled
    Column("state", Text, nullable=False),  # recording, paused, acw, ended, available
    Column("started_at", Millis, nullable=False),
    Column("ended_at", Millis),
    Column("spans", JSONB, nullable=False),  # [[state, start, end|null, reason?], …] from the call events
    Column(
        "cut", JSONB, nullable=False, server_default="[]"
    ),  # [[start, end, reason, interaction], …]: not captured because a rule had ended it
    Column(
        "expunged", JSONB, nullable=False, server_default="[]"
    ),  # [[start, end], …] taken out by late events
    Column("canvas_width", Integer, nullable=False),
    Column("canvas_height", Integer, nullable=False),
    Column("max_fps", Integer, nullable=False),
    Column("first_frame_at", Millis),
    Column("clock_offset_ms", Float),
    Column("clock_uncertainty_ms", Float),
    Column("manifest", JSONB),  # the recorder's last word; null until it came
    Column("marks", JSONB, nullable=False, server_default="[]"),  # [{at, kind, detail}, …] of the manifest
    Column("expected_ms", BigInteger),  # coverage, computed by the finish job
    Column("captured_ms", BigInteger),
    Column("missing", JSONB),  # [[start, end, reason], …]
    Column("bytes", BigInteger),
    Column("end_reason", Text),  # a rule that ended it
    Column("available_at", Millis),
    Column("thumbnails", Integer),  # how many are stored; null: they are still to be made
    Column("region", Text, nullable=False, server_default=DEFAULT_REGION),  # settled when it begins
    Index("ix_screen_recordings_agent_started", "agent_id", "started_at"),
)

recording_parts = Table(
    "recording_parts",
    metadata,
    Column(
        "screen_recording_id", Text, ForeignKey("screen_recordings.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("interaction_id", Text, ForeignKey("interactions.id"), primary_key=True, index=True),
    Column("started_at", Millis, nullable=False),
    Column("ended_at", Millis),  # with ACW, if this call was the last
    Column("call_ended_at", Millis),
)

call_recordings = Table(
    "call_recordings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("interaction_id", Text, ForeignKey("interactions.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),  # waiting, processing, ready, failed
    Column("starts_at", Millis, nullable=False),
    Column("duration_ms", BigInteger),
    Column("channels", Integer),
    Column("error", Text),
    Column("created_at", Millis, nullable=False),
    Column("origin", JSONB, nullable=False, server_default="{}"),  # {url} or {source, file}; empty: uploaded
    Column("credentials_box", Text),  # headers for the URL, encrypted; gone once it is fetched
    Column("attempts", Integer, nullable=False, server_default="0"),  # to fetch it
    Column("once", Text, unique=True),  # names the telephony's recording that it was made for
    Column("region", Text, nullable=False, server_default=DEFAULT_REGION),
)

downloads = Table(
    "downloads",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "interaction_id", Text, ForeignKey("interactions.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),  # waiting, ready, failed
    Column(
        "screens", JSONB, nullable=False
    ),  # ids of the screen recordings in it: those that the user may see
    Column("made_of", Text, nullable=False),  # digest of what it shows: another one, and it is outdated
    Column("error", Text),
    Column("bytes", BigInteger),
    Column("created_at", Millis, nullable=False),
    Column("expires_at", Millis, nullable=False),
    Column("region", Text, nullable=False, server_default=DEFAULT_REGION),  # of all that is in it
)

transcripts = Table(
    "transcripts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("interaction_id", Text, ForeignKey("interactions.id"), nullable=False, unique=True),
    Column("language", Text),  # BCP 47, as the sender says
    Column("starts_at", Millis, nullable=False),  # wall time of its zero
    Column("segments", JSONB, nullable=False),  # [{start_ms, end_ms, speaker, text, words}, …]
    Column("text", Text, nullable=False),  # all of it, to search
    Column("created_at", Millis, nullable=False),
    Column("search", TSVECTOR, Computed("to_tsvector('simple', deskreel_folded(text))", persisted=True)),
    Index("ix_transcripts_search", "search", postgresql_using="gin"),
)
