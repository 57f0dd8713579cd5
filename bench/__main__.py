"""`python -m bench [NAME…]`: run all benchmarks, or those of these names or groups."""

from __future__ import annotations

import argparse
import sys

from bench import runner
from bench.registry import BENCHMARKS, UnknownBenchmarkError, chosen
from deskreel import logs


def main() -> int:
    """Gives the exit code: 2 for a name that is unknown, 1 when a benchmark crashed."""
    listing = "\n".join(f"  {one.name:14} {one.group:12} {one.what}" for one in BENCHMARKS)
    parser = argparse.ArgumentParser(
        prog="bench",
        description=f"Print the promised figures beside their peers.\n\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a benchmark or a group")
    try:
        benchmarks = chosen(parser.parse_args().names)
    except UnknownBenchmarkError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    logs.configure(level="warning")
    return runner.run(benchmarks)


if __name__ == "__main__":
    sys.exit(main())
