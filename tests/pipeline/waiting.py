# SPDX-License-Identifier: Apache-2.0
"""Waiting with a deadline, and saying at its end what was there instead."""
import time

PAUSE_S = 0.1


def eventually(what, look, within, otherwise=lambda: ""):
    """Asks look() until its answer is truthy, and returns that. `otherwise` describes the state when the time is up."""
    deadline = time.monotonic() + within
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within:g} s in vain for {what}\n{otherwise()}")
        time.sleep(PAUSE_S)


def never(what, look, during, because=lambda answer: repr(answer)):
    """Asks look() again and again: its answer must stay falsy."""
    deadline = time.monotonic() + during
    while time.monotonic() < deadline:
        answer = look()
        assert not answer, f"{what} must not happen, but: {because(answer)}"
        time.sleep(PAUSE_S)
