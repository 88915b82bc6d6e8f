"""What a stack declares, without deploying it: the program runs under mocks."""

import os
import runpy
import tempfile
from pathlib import Path
from unittest.mock import patch

from components import packaging
from components.packaging import ROOT
from local.project import load_project
from tests.unit.components.recording import STACK, Deployment, run_program


def declared(**changes: str) -> Deployment:
    """What the dev stack declares, with these changes to its configuration; its bundle is an empty folder."""
    config = load_project(ROOT, STACK, changes).config
    with (
        tempfile.TemporaryDirectory() as bundle,
        patch.dict(os.environ, PULUMI_ERROR_OUTPUT_STRING="true"),
        patch.object(packaging, "build_bundle", lambda *_: Path(bundle)),
    ):
        return run_program(lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"), config)
