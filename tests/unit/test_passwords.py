"""Passwords as they are kept; in a process of its own, since the tests' own process hashes them at the least cost."""

import subprocess
import sys

from argon2 import extract_parameters
from argon2.low_level import Type
from argon2.profiles import RFC_9106_LOW_MEMORY


def test_a_password_is_kept_as_rfc_9106_asks() -> None:
    program = "from casework import sign_ins; print(sign_ins.hash_password('a password'))"
    kept = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    parameters = extract_parameters(kept)
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= RFC_9106_LOW_MEMORY.memory_cost
    assert parameters.time_cost >= RFC_9106_LOW_MEMORY.time_cost
