"""The card core runs where there is no Django and no network: the example of its own page."""

import re
import subprocess
import sys

from tests.house.source import ROOT

PAGE = ROOT / "docs" / "card-core.md"
ALONE = """
import sys
sys.path.insert(0, sys.argv[1])

def refuse(event, arguments):
    if event.startswith("socket.") or event in ("subprocess.Popen", "os.system"):
        raise RuntimeError(event)

sys.addaudithook(refuse)
exec(compile(sys.stdin.read(), "docs/card-core.md", "exec"))
outside = {name.split(".")[0] for name in sys.modules} - sys.stdlib_module_names
assert outside <= {"__main__", "accounts", "nfc_topup"}, sorted(outside)
assert not any(name.startswith("nfc_topup.vault") for name in sys.modules)
"""


def example():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return code


def alone(code):
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(ROOT)],
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_page_s_example_runs_alone_and_prints_what_it_says():
    done = alone(example())
    assert done.returncode == 0, done.stderr
    told = re.search(r"It prints `(.*)`", PAGE.read_text(encoding="utf-8"))
    assert done.stdout.strip() == told.group(1)


def test_it_is_ten_lines():
    assert len([line for line in example().splitlines() if line.strip()]) <= 10


def test_what_needs_the_house_is_not_there():
    for name in ("django", "psycopg", "requests", "cryptography"):
        assert "ModuleNotFoundError" in alone(f"import {name}").stderr
    assert "RuntimeError" in alone("import socket\nsocket.socket()").stderr
