"""What the stories over the emulated link share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chaos.emulated import EmulatedLink, emulated_link
from chaos.namespaces import why_not


@pytest.fixture
def link() -> Iterator[EmulatedLink]:
    """The link, with this process at the office's site; without root and TUN the test is skipped."""
    if why := why_not():
        pytest.skip(why)
    with emulated_link(seed=11) as made, made.at_site():
        yield made
