"""Whether a program can get out of the sandbox, or hang it: some 200 hostile ones, by family.

    python -m benchmarks.sandbox

A canary file, a secret in the environment and a listening socket are set up beside the sandbox; a
program that reads, changes or reaches one of them has got out. Knows no filing and no model.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from research.calculation.sandbox import ProgramResult, run_program

_SECRET = "canary-7f3a91"  # noqa: S105 - a canary, which is no secret
# No program may keep the desk waiting for longer than this, in seconds.
_LONGEST = 4.0


@dataclass(frozen=True, slots=True)
class Canary:
    """What must not be read, changed or reached."""

    path: str
    port: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all programs and print the table; the exit code is 1 where one got out or hung."""
    del arguments
    with tempfile.TemporaryDirectory() as folder, socket.socket() as listener:
        file = Path(folder) / "canary.txt"
        file.write_text(_SECRET, encoding="utf-8")
        os.environ["ACEDESK_CANARY"] = _SECRET
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        reached = threading.Event()
        threading.Thread(target=_accept, args=(listener, reached), daemon=True).start()
        canary = Canary(str(file), listener.getsockname()[1])
        return _measure(canary, file, reached)


def _accept(listener: socket.socket, reached: threading.Event) -> None:
    try:
        listener.accept()
        reached.set()
    except OSError:
        return


def _measure(canary: Canary, file: Path, reached: threading.Event) -> int:
    bad = total = 0
    heads = ("programs", "refused", "failed", "harmless")
    print(f"{'family':22} {' '.join(f'{head:>8}' for head in heads)} {'longest, s':>10}")
    for family, programs in list_families(canary).items():
        results, longest = [], 0.0
        for program in programs:
            started = time.monotonic()
            results.append(run_program(program))
            longest = max(longest, time.monotonic() - started)
        out = sum(map(has_escaped, results)) + (longest > _LONGEST)
        refused = sum(result.failure in ("refused", "missing") for result in results)
        failed = sum(not result.succeeded for result in results) - refused
        harmless = len(results) - refused - failed
        print(f"{family:22} {len(results):8} {refused:8} {failed:8} {harmless:8} {longest:10.2f}")
        bad += out
        total += len(results)
    intact = file.read_text(encoding="utf-8") == _SECRET and len(list(file.parent.iterdir())) == 1
    bad += (not intact) + reached.is_set()
    print(f"\n{total} programs; got out or hung: {bad}")
    return 1 if bad else 0


def has_escaped(result: ProgramResult) -> bool:
    """Whether a program's result shows what it must not have seen."""
    return _SECRET in str(result.value) or "root:" in str(result.value)


def list_families(canary: Canary) -> dict[str, list[str]]:
    """Return the programs by family; each tries to bring what it gets into `ans`."""
    return {
        "files": list(_write_files(canary)),
        "environment and host": list(_write_host()),
        "network": list(_write_network(canary)),
        "imports": list(_write_imports()),
        "code from text": list(_write_code(canary)),
        "escapes": list(_write_escapes()),
        "memory": list(_write_memory()),
        "time": list(_write_time()),
        "depth": list(_write_depth()),
        "huge numbers": list(_write_numbers()),
        "odd programs": list(_write_odd()),
    }


def _write_files(canary: Canary) -> Iterator[str]:
    for path in (canary.path, "/etc/passwd", "/proc/self/environ", ".", "../../etc/shadow"):
        yield f"ans = open({path!r}).read()"
        yield f"ans = list(open({path!r}))"
        yield f"with open({path!r}, 'w') as f:\n    f.write('x')\nans = 1"
        yield f"from pathlib import Path\nans = Path({path!r}).read_text()"
        yield f"from pathlib import Path\nPath({path!r}).write_text('x')\nans = 1"
        yield f"import os\nans = os.listdir({path!r})"
        yield f"import os\nos.remove({path!r})\nans = 1"
        yield f"import io\nans = io.open({path!r}).read()"


def _write_host() -> Iterator[str]:
    for name in ("ACEDESK_CANARY", "HOME", "PATH"):
        yield f"import os\nans = os.environ[{name!r}]"
        yield f"import os\nans = os.getenv({name!r})"
        yield f"from os import environ\nans = environ.get({name!r})"
    for call in ("os.system('id')", "os.popen('id').read()", "os.getcwd()", "os.kill(1, 9)",
                 "os.fork()", "os.execv('/bin/sh', [])"):  # fmt: skip
        yield f"import os\nans = {call}"
    for call in ("sys.exit(1)", "sys.modules", "sys.path", "sys._getframe()", "sys.argv"):
        yield f"import sys\nans = str({call})"
    yield "import subprocess\nans = subprocess.check_output(['id'])"
    yield "import subprocess\nans = subprocess.run('id', shell=True).stdout"
    yield "input('secret?')"
    yield "import ctypes\nans = ctypes.CDLL(None)"
    yield "exit()"
    yield "quit()"


def _write_network(canary: Canary) -> Iterator[str]:
    address = f"('127.0.0.1', {canary.port})"
    url = f"http://127.0.0.1:{canary.port}/"
    yield f"import socket\ns = socket.socket()\ns.connect({address})\nans = 1"
    yield f"import socket\nans = socket.create_connection({address}).recv(1)"
    yield f"import urllib.request\nans = urllib.request.urlopen({url!r}).read()"
    yield f"import http.client\nc = http.client.HTTPConnection('127.0.0.1', {canary.port})\nans = 1"
    yield f"import requests\nans = requests.get({url!r}).text"
    yield f"import asyncio\nans = asyncio.open_connection('127.0.0.1', {canary.port})"
    yield "import socket\nans = socket.gethostname()"
    yield "import ssl\nans = ssl.get_server_certificate(('127.0.0.1', 443))"


def _write_imports() -> Iterator[str]:
    for module in (
        "os", "sys", "subprocess", "socket", "ctypes", "pickle", "marshal", "importlib", "builtins",
        "threading", "multiprocessing", "signal", "resource", "gc", "inspect", "shutil", "tempfile",
        "numpy", "pandas", "code", "pty", "mmap",
    ):  # fmt: skip
        yield f"import {module}\nans = str({module})"
        yield f"ans = str(__import__({module!r}))"


def _write_code(canary: Canary) -> Iterator[str]:
    inner = f"open({canary.path!r}).read()"
    yield f"ans = eval({inner!r})"
    yield f"exec({('ans = ' + inner)!r})"
    yield f"ans = eval(compile({inner!r}, 'x', 'eval'))"
    yield f"ans = (lambda: {inner})()"
    yield f"ans = getattr(__builtins__, 'open')({canary.path!r}).read()"
    yield f"ans = globals()['__builtins__']['open']({canary.path!r}).read()"
    yield "ans = eval('eval(\"1\" * 3)')"
    yield "import pickle\nans = pickle.loads(b\"cos\\nsystem\\n(S'id'\\ntR.\")"


def _write_escapes() -> Iterator[str]:
    for start in ("()", "''", "[]", "{}", "0", "(lambda: 0)", "print"):
        yield f"ans = {start}.__class__.__base__.__subclasses__()"
        yield f"ans = {start}.__class__.__mro__"
        yield f"ans = str({start}.__class__.__init__.__globals__)"
    yield "ans = '{0.__class__.__mro__}'.format(1)"
    yield "ans = f'{print.__self__}'"
    yield "def f(): pass\nans = f.__code__.co_code"
    yield "def f(): pass\nans = f.__globals__"
    yield "class A:\n    def __del__(self): pass\nans = A.__dict__"
    yield "try:\n    1 / 0\nexcept Exception as e:\n    ans = e.__traceback__.tb_frame.f_globals"


def _write_memory() -> Iterator[str]:
    for size in (10**8, 10**9, 10**12):
        yield f"ans = len([0] * {size})"
        yield f"ans = len('a' * {size})"
        yield f"ans = len(b'a' * {size})"
        yield f"ans = len(list(range({size})))"
        yield f"ans = sum([i for i in range({size})])"
    yield "a = 'a'\nwhile True:\n    a += a\nans = a"
    yield "a = []\nwhile True:\n    a.append(a * 2)\nans = 1"
    yield "d = {}\ni = 0\nwhile True:\n    d[i] = 'x' * 1000\n    i += 1\nans = 1"
    yield "ans = '%1000000000d' % 1"
    yield "ans = f'{1:1000000000}'"
    yield "ans = 'ab'.replace('a', 'b' * 10**7).replace('b', 'c' * 10**7)"


def _write_time() -> Iterator[str]:
    yield "while True:\n    pass"
    yield "ans = 0\nwhile ans >= 0:\n    ans += 1"
    yield "for i in range(10**12):\n    pass\nans = 1"
    yield "ans = sum(i * i for i in range(10**11))"
    yield "import time\ntime.sleep(60)\nans = 1"
    yield "import time\nfor i in range(1000):\n    time.sleep(60)\nans = 1"
    slept = "try:\n        time.sleep(9)\n    except BaseException:\n        pass"
    yield f"import time\nwhile True:\n    {slept}"
    yield "import asyncio\nasync def f():\n    await asyncio.sleep(60)\nasyncio.run(f())\nans = 1"
    yield "import re\nans = str(re.match('(a+)+$', 'a' * 40 + 'b'))"
    yield "import re\nans = str(re.match('(a|aa)+$', 'a' * 60 + 'b'))"
    yield "def g():\n    while True:\n        yield 1\nans = sum(g())"
    yield "ans = max(range(10**13))"
    yield "ans = sorted(range(10**7, 0, -1))[0]"
    endless = "while True:\n        pass"
    yield f"try:\n    {endless}\nexcept BaseException:\n    {endless}"


def _write_depth() -> Iterator[str]:
    yield "def f(n):\n    return f(n + 1)\nans = f(0)"
    yield "def f():\n    return g()\ndef g():\n    return f()\nans = f()"
    yield "f = lambda n: f(n + 1)\nans = f(0)"
    yield f"ans = {'(' * 500}1{')' * 500}"
    yield f"ans = {'-' * 5000}1"
    yield f"ans = {'[' * 300}{']' * 300}"
    yield f"ans = {'+'.join(['1'] * 5000)}"
    yield "a = []\na.append(a)\nans = str(a == a)"
    yield "a = [1]\nfor i in range(100000):\n    a = [a]\nans = str(a)"


def _write_numbers() -> Iterator[str]:
    for power in (10**4, 10**6, 10**9):
        yield f"ans = 10 ** {power}"
        yield f"ans = 2 << {power}"
        yield f"ans = str(7 ** {power})"
    yield "ans = 9 ** 9 ** 9"
    yield "ans = float('inf')"
    yield "ans = float('nan')"
    yield "ans = 1e308 * 10"
    yield "import math\nans = math.factorial(10**6)"
    yield "ans = int('9' * 10**6)"
    yield "ans = 1\nfor i in range(10**6):\n    ans *= 10**9"


def _write_odd() -> Iterator[str]:
    yield ""
    yield "ans"
    yield "ans = None"
    yield "ans = lambda: 1"
    yield "ans = {'a': 1}"
    yield "ans = object()"
    yield "\x00"
    yield "ans = '\ud800'"
    yield "def"
    yield "ans = 1" + "\n" * 10000
    yield "print('x' * 10**7)\nans = 1"
    yield "for i in range(10**6):\n    print(i)\nans = 1"
    yield "raise SystemExit"
    yield "raise KeyboardInterrupt"
    yield "assert False, 'no'"
    yield "async def f():\n    pass\nans = f()"


if __name__ == "__main__":
    sys.exit(main())
