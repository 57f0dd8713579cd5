"""What the connectivity check requires."""

from __future__ import annotations

from deskreel.recorder.control.loss import LIMIT_PERCENT

PAGE_STATUS, PAGE_BODY = 404, "404 page not found"
MIN_KBPS = 500  # of one recording
GOOD_KBPS = 1500  # for each client on the network at once, both ways
MAX_LOSS_PERCENT = LIMIT_PERCENT
FEW_MESSAGES = 100  # fewer say nothing of loss
MOST_MESSAGES = 400  # as many say it, whatever they say
MAX_JITTER_MS = 400.0
MAX_CPU_PERCENT = 80.0
MAX_CLOCK_MS = 5_000.0
MIN_DISK_BYTES = 512 * 1024 * 1024
