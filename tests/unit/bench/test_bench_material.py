"""What benchmarks send is what recorders send."""

from __future__ import annotations

import pytest
from bench.material import CHUNK_MS, FRAMES, make_material

from deskreel.media.fmp4 import parse_fragment, parse_init


def test_fragments_are_real_and_of_the_wanted_size() -> None:
    material = make_material(60_000, count=3)
    assert parse_init(material.init).width == 1280
    assert len(set(material.fragments)) == 3
    for data in material.fragments:
        assert len(data) == pytest.approx(60_000, rel=0.1)
        fragment = parse_fragment(data)
        assert (fragment.duration_ms, len(fragment.samples), fragment.keyframe) == (CHUNK_MS, FRAMES, True)
