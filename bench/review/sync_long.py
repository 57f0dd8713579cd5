"""`sync` at the begin, in the middle and at the end of a call of four hours whose recorder's clock drifts."""

from bench.review.sync import run_long as run

__all__ = ["run"]
