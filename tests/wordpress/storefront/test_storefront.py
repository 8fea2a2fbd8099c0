"""The storefront of the WordPress plugin, held to its rules by PHP's own test runner."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def test_the_storefront_of_the_wordpress_plugin_keeps_its_rules():
    if shutil.which("phpunit") is None:
        reason = "no phpunit on this machine"
        pytest.fail(f"{reason}; in CI it has to run") if os.environ.get("CI") else pytest.skip(reason)
    command = ["phpunit", "--no-configuration", "--do-not-cache-result", "--bootstrap", "bootstrap.php"]
    command += ["--test-suffix", "Checks.php", "--fail-on-warning", "--fail-on-risky", "."]

    run = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=60, check=False)

    assert run.returncode == 0, run.stdout + run.stderr
