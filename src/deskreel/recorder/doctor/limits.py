"""What the connectivity check requires."""

from __future__ import annotations

PAGE_STATUS, PAGE_BODY = 404, "404 page not found"
MIN_KBPS = 500  # of one recording
GOOD_KBPS = 1500  # for each client on the network at once, both ways
MAX_LOSS_PERCENT = 2.0
MAX_JITTER_MS = 400.0
MAX_CPU_PERCENT = 80.0
MAX_CLOCK_MS = 5_000.0
MIN_DISK_BYTES = 512 * 1024 * 1024
