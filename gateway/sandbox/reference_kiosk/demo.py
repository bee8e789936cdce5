"""What script/kiosk runs: a cabinet with a virtual card, the kiosk before it, and its page.

Words on standard input are hands: `lay`, `lift`, `note 50`, `tear` (at the next CREDIT), `lock` and
`unlock` (the service lock). The cabinet stays here, so a killed kiosk finds it as it was.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from gateway.sandbox.reference_kiosk.cabinet import Cabinet
from gateway.sandbox.virtual_card import CardState, VirtualCard, card_keys
from gateway.sandbox.virtual_card import Quirks as CardQuirks

HOME_PREFIX = "031050702"


def main() -> None:
    """Until standard input ends."""
    words = argparse.ArgumentParser(prog="script/kiosk", description=__doc__)
    words.add_argument("--place", type=Path, required=True, help="where cabinet and kiosk keep all")
    words.add_argument("--keys", type=Path, required=True, help="the test issuer's keys")
    words.add_argument("--asn", default=f"{HOME_PREFIX}00000000042", help="the card's 20 digits")
    given, rest = words.parse_known_args()
    card = _card(given.place / "card.json", given.keys, given.asn)
    cabinet = Cabinet(file=given.place / "notes.json")
    host, port = cabinet.where
    program = [sys.executable, "-m", "gateway.sandbox.reference_kiosk"]
    where = ["--state-dir", str(given.place / "machine"), "--cabinet", f"{host}:{port}"]
    kiosk = subprocess.Popen([*program, *where, *rest], stdout=subprocess.PIPE, text=True)
    assert kiosk.stdout is not None
    told = kiosk.stdout.readline()
    if told:
        _say(told.strip())
        _show(told.split()[1])
        _hands(cabinet, card)
    kiosk.terminate()
    kiosk.wait(10)


def _hands(cabinet: Cabinet, card: VirtualCard) -> None:
    acts: dict[str, Callable[[], object]] = {
        "lay": lambda: cabinet.lay(card),
        "lift": cabinet.lift,
        "tear": lambda: cabinet.tear_at("8052", "!tear-after"),
        "lock": lambda: setattr(cabinet.things, "unlocked", False),
        "unlock": lambda: setattr(cabinet.things, "unlocked", True),
    }
    for line in sys.stdin:
        word, _, yuan = line.strip().partition(" ")
        if word == "note" and yuan.isdecimal():
            _say("taken" if cabinet.insert(int(yuan) * 100) else "given back")
        elif word in acts:
            acts[word]()
        elif word:
            _say(f"hands: {', '.join(acts)}, note 50")


def _card(file: Path, keys: Path, asn: str) -> VirtualCard:
    """The same card every time, kept in its file."""
    if file.exists():
        state = CardState(**json.loads(file.read_text(encoding="utf-8")))
        return VirtualCard(state, file=file)
    dlk, dtk = card_keys(json.loads(keys.read_text(encoding="utf-8")), asn, CardQuirks().algorithm)
    card = VirtualCard(CardState(asn=asn, dlk=dlk, dtk=dtk), file=file)
    card.keep()
    return card


def _show(url: str) -> None:
    """Chromium full screen where there is one and a display; else the address says it."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        _say("no Chromium here: open the address yourself")
        return
    subprocess.Popen(
        [browser, "--kiosk", "--no-first-run", f"--app={url}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
