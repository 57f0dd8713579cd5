"""Writes the server's OpenAPI document: `python scripts/openapi.py FILE`. Needs no database."""

import json
import sys
from pathlib import Path

from deskreel.server.app import api_document

Path(sys.argv[1]).write_text(json.dumps(api_document(), indent=2) + "\n")
