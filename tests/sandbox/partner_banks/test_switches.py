"""No switch of the sandbox's banks goes untried."""

from pathlib import Path

from gateway.sandbox.partner_banks.switches import SWITCHES


def test_every_switch_is_thrown_somewhere_in_these_tests():
    here = Path(__file__)
    told = "".join(
        file.read_text(encoding="utf-8") for file in here.parent.glob("test_*.py") if file != here
    )
    assert [name for name in SWITCHES if name not in told] == []
