"""The recorder, with little patience: it looks for a better way of a live view after so many seconds, not minutes.

python -m chaos.eager_recorder SECONDS --headless
"""

from __future__ import annotations

import sys

from deskreel.recorder.__main__ import main
from deskreel.recorder.live import ladder

if __name__ == "__main__":
    ladder.BETTER_S = float(sys.argv.pop(1))
    sys.exit(main())
