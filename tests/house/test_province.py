"""The province in a box keeps its processes together: one dies, all end, and the dead is named."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from gateway.sandbox import province
from gateway.sandbox.supervisor import Act, Child, ChildFailed, Stopped, Supervisor
from tests.house.source import ROOT

SERVER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
SLEEPER_WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(600)
"""


@pytest.fixture
def supervisor(tmp_path: Path):
    made = Supervisor(logs=tmp_path / "logs", cwd=tmp_path)
    yield made
    made.stop()


def _python(name: str, code: str, *words: str, ready_url: str | None = None) -> Child:
    return Child(name=name, command=[sys.executable, "-c", code, *words], ready_url=ready_url)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _read_when_there(path: Path) -> str:
    deadline = time.monotonic() + 10
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.02)
    return path.read_text()


def _is_gone(pid: int) -> bool:
    """Whether a process ends within a few seconds; one that waits to be buried counts as gone."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_a_child_is_waited_for_until_it_serves(supervisor: Supervisor) -> None:
    port = _free_port()

    supervisor.start(_python("web", SERVER, str(port), ready_url=f"http://127.0.0.1:{port}/"))

    supervisor.check()


def test_a_child_that_dies_is_named_with_its_last_words(supervisor: Supervisor) -> None:
    supervisor.start(_python("worker", "print('no more work'); raise SystemExit(3)"))

    with pytest.raises(ChildFailed, match=r"(?s)worker died with 3.*no more work"):
        supervisor.watch()


def test_a_child_that_dies_before_it_serves_is_not_waited_for(supervisor: Supervisor) -> None:
    began = time.monotonic()

    with pytest.raises(ChildFailed, match="web died with 4"):
        supervisor.start(
            _python("web", "raise SystemExit(4)", ready_url="http://127.0.0.1:1/nobody")
        )

    assert time.monotonic() - began < 10


def test_stopping_ends_the_children_s_children_too(supervisor: Supervisor, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    supervisor.start(_python("web", SLEEPER_WITH_CHILD, str(note)))
    grandchild = int(_read_when_there(note))

    supervisor.stop()

    assert _is_gone(grandchild)
    assert not supervisor.running


def test_an_act_that_fails_is_named(supervisor: Supervisor) -> None:
    with pytest.raises(ChildFailed, match="migrate ended with 5"):
        supervisor.do(Act(name="migrate", command=[sys.executable, "-c", "raise SystemExit(5)"]))


def test_an_act_is_given_up_when_a_child_dies_meanwhile(supervisor: Supervisor) -> None:
    supervisor.start(_python("wallet", "raise SystemExit(6)"))
    act = Act(name="play_card", command=[sys.executable, "-c", "import time; time.sleep(600)"])

    with pytest.raises(ChildFailed, match="wallet died with 6"):
        supervisor.do(act)


def test_asked_to_stop_it_stops_in_the_middle_of_an_act(supervisor: Supervisor) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    supervisor.heed_signals()
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Stopped):
            supervisor.do(Act(name="long", command=[sys.executable, "-c", "input()"]))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


FAKE_PROVINCE = """
import os, sys
from gateway.sandbox import postgres, province
from gateway.sandbox.supervisor import Act, Child
province._start_database = lambda data_dir: False
province.preparations = lambda keys: [Act(name="setup", command=["true"])]
province.journeys = lambda: [Act(name="play_card", command=["echo", "the story"])]
province.children = lambda at, data_dir: [
    Child(name="web", command=[sys.executable, "-c", os.environ["SERVER"], str(at.port)],
          ready_url=at.gateway + "/readyz"),
]
sys.exit(province.main(sys.argv[1:]))
"""


def _fake_province(tmp_path: Path, **more: str) -> subprocess.Popen[str]:
    environment = os.environ | {"GATEWAY_DATA_DIR": str(tmp_path), "SERVER": SERVER} | more
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(FAKE_PROVINCE)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _until_ready(running: subprocess.Popen[str]) -> list[str]:
    assert running.stdout
    lines = []
    for line in running.stdout:
        lines.append(line.strip())
        if line.startswith("READY "):
            return lines
    raise AssertionError(f"never ready: {lines} {running.stderr and running.stderr.read()}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_whole_run_tells_its_story_serves_and_stops_clean(
    tmp_path: Path, number: signal.Signals
) -> None:
    port = _free_port()
    running = _fake_province(tmp_path, PORT=str(port))

    lines = _until_ready(running)
    web = psutil.Process(running.pid).children()
    running.send_signal(number)
    _, told = running.communicate(timeout=30)

    assert lines == ["the story", f"READY http://127.0.0.1:{port}"]
    assert running.returncode == 0, told
    assert all(_is_gone(child.pid) for child in web)
    assert not (tmp_path / "province.env").exists()


def test_a_second_run_in_the_same_place_names_the_first(tmp_path: Path) -> None:
    first = _fake_province(tmp_path, PORT=str(_free_port()))
    address = _until_ready(first)[-1].removeprefix("READY ")

    second = _fake_province(tmp_path)
    _, told = second.communicate(timeout=30)

    assert second.returncode == 1
    assert address in told
    first.terminate()
    first.communicate(timeout=30)
    assert first.returncode == 0


def test_a_taken_port_is_said_and_changed(tmp_path: Path) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        taken = squatter.getsockname()[1]

        running = _fake_province(tmp_path, PORT=str(taken))
        address = _until_ready(running)[-1]
        running.terminate()
        _, told = running.communicate(timeout=30)

    assert not address.endswith(f":{taken}")
    assert f"port {taken} is taken" in told


def test_when_a_child_is_killed_the_run_ends_loudly(tmp_path: Path) -> None:
    running = _fake_province(tmp_path, PORT=str(_free_port()))
    _until_ready(running)

    for child in psutil.Process(running.pid).children():
        child.kill()
    _, told = running.communicate(timeout=30)

    assert running.returncode == 1
    assert "web died with -9" in told


def test_when_the_run_itself_is_killed_its_children_go_too(tmp_path: Path) -> None:
    running = _fake_province(tmp_path, PORT=str(_free_port()))
    _until_ready(running)
    children = psutil.Process(running.pid).children()

    running.kill()
    running.communicate(timeout=30)

    psutil.wait_procs(children, timeout=10)
    assert all(_is_gone(child.pid) for child in children)


def test_a_file_of_card_keys_is_passed_on_and_must_exist(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"

    (_, setup) = province.preparations(keys)

    assert list(setup.command)[-2:] == ["--card-keys", str(keys)]
    with pytest.raises(SystemExit):
        province.main(["--called-from", str(tmp_path), "--card-keys", "missing.json"])


def test_a_database_given_by_address_is_tried_first_and_named_in_one_sentence(
    tmp_path: Path,
) -> None:
    nobody = "postgresql://gateway_service:secret-word@127.0.0.1:1/gateway"
    for given, named in (
        ({"DATABASE_URL": nobody}, "DATABASE_URL does not lead to a database"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL does not lead to a database"),
    ):
        ended = _run_with(tmp_path, **given)
        assert ended.returncode == 1
        assert named in ended.stderr
        assert "Traceback" not in ended.stderr
        assert "secret-word" not in ended.stderr


def test_a_port_that_is_none_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in ("x", "-1", "0", "99999"):
        monkeypatch.setenv("PORT", text)
        assert province._wanted_port() == province.DEFAULT_PORT
        assert f"{text} is no port" in capsys.readouterr().err


def _run_with(tmp_path: Path, **given: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: text for name, text in os.environ.items() if "DATABASE" not in name}
    return subprocess.run(
        [sys.executable, "-m", "gateway.sandbox.province"],
        cwd=ROOT,
        env=inherited | {"GATEWAY_DATA_DIR": str(tmp_path)} | given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
