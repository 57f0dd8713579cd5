"""The recorder's own process: what `deskreel recorder run` is, or with unusual options becomes.

It is apart from the command line so that the agent's desktop does not carry typer and rich through the day, and
that a recorder that was killed is up again sooner (docs/design/capture.md, "Memory").
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

BOLD_RED, DIM, PLAIN = "\x1b[1;31m", "\x1b[2m", "\x1b[0m"


def main(arguments: Sequence[str] | None = None) -> int:
    """Record until told to stop; the exit code, errors of ours as two lines on standard error."""
    parser = ArgumentParser(prog="python -m deskreel.recorder")
    parser.add_argument("--log-level", default="info")
    parser.add_argument("--headless", action="store_true")
    given = parser.parse_args(arguments)
    # structlog loads rich where it finds it, for tracebacks in colour
    sys.modules.setdefault("rich", None)  # pyright: ignore[reportArgumentType]

    from deskreel.recorder import memory

    memory.keep_small()

    from deskreel import logs
    from deskreel.core.errors import DeskreelError
    from deskreel.recorder.settings import load_settings
    from deskreel.recorder.tray.diagnostics import log_path

    logs.configure(level=given.log_level)
    try:
        settings = load_settings()
        with contextlib.suppress(OSError):  # the recorder itself says what is wrong with its directory
            logs.also_to(log_path(settings))
        if given.headless:
            from deskreel.recorder.app import run

            asyncio.run(run(settings))
        else:
            from deskreel.recorder.tray.run import run_with_tray

            asyncio.run(run_with_tray(settings))
    except DeskreelError as error:
        _show(error)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _show(error: Any) -> None:
    red, dim, plain = (BOLD_RED, DIM, PLAIN) if sys.stderr.isatty() else ("", "", "")
    print(f"{red}{error.code}{plain}: {error.detail}", file=sys.stderr)
    print(f"{dim}→{plain} {error.hint_text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
