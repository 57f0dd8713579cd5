"""`deskreel`, and `python -m deskreel`: the command line; or at once the recorder, which is up sooner without it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_LEVELS = ("debug", "info", "warning", "error")


def main() -> None:
    """Run what the arguments say."""
    arguments = for_recorder(sys.argv[1:])
    if arguments is not None:
        from deskreel.recorder.__main__ import main as record

        sys.exit(record(arguments))
    from deskreel.cli import main as command_line

    command_line()


def for_recorder(arguments: Sequence[str]) -> list[str] | None:
    """The recorder's own arguments, of those of `deskreel … recorder run …` as they are usual.

    None for whatever else there is: the command line knows what to do or say.
    """
    level = "info"
    if arguments[:1] == ["--log-level"] and len(arguments) > 1 and arguments[1] in _LEVELS:
        level, arguments = arguments[1], arguments[2:]
    if arguments not in (["recorder", "run"], ["recorder", "run", "--headless"]):
        return None
    return ["--log-level", level, *arguments[2:]]


if __name__ == "__main__":
    main()
