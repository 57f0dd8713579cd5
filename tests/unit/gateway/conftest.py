from collections.abc import AsyncIterator

import pytest
from gateway_samples import Gateway


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    made = Gateway()
    yield made
    await made.client.aclose()
