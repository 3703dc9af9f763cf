"""How many deliveries a second are stored while reviews run: `python -m tests.bench.deliveries`.

`suture serve --web-only`, a worker and the database on this machine, and a client with sixteen connections on
loopback. Each delivery asks for a review of another pull request. Beside it, in the same run and by the same
client: Probot, which verifies the signature and stores nothing.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from bot.demo.github.scene import new_key
from bot.jobs import ledger
from bot.jobs.engine import database
from bot.settings import Settings
from tests.fakes.databases import WEBHOOK_SECRET
from tests.fakes.deliveries import headers, pull_request
from tests.fakes.postgres import free_port, postgres_server
from tests.fakes.workers import wait_until

ROOT = Path(__file__).parents[2]
CONNECTIONS = 16
BYTES = 25_000
INSTALLATIONS = 50
PROBOT = "probot@14"
PROBOT_SERVER = """
import { createServer } from "node:http";
import { createNodeMiddleware, createProbot } from "probot";
const overrides = { appId: 1, privateKey: process.env.KEY, secret: process.env.SECRET, logLevel: "error" };
const app = (probot) => probot.on("pull_request", async () => {});
const middleware = await createNodeMiddleware(app, { probot: createProbot({ overrides }) });
createServer(middleware).listen(Number(process.env.PORT), "127.0.0.1");
"""


@dataclass(frozen=True)
class Load:
    """What one row of the table came to."""

    what: str
    seconds: float
    waits: Sequence[float]  # of each delivery, in seconds

    @property
    def row(self) -> str:
        cuts = [one * 1000 for one in quantiles(self.waits, n=100, method="inclusive")]
        rate = len(self.waits) / self.seconds
        return f"| {self.what} | {rate:.0f} | {cuts[49]:.1f} | {cuts[98]:.1f} |"


def bodies(count: int, action: str) -> list[bytes]:
    """Deliveries of some 25 KB, each about another pull request."""
    made = []
    for number in range(count):
        payload = json.loads(pull_request(action, number=number + 1))
        payload["installation"]["id"] = payload["repository"]["id"] = 1 + number % INSTALLATIONS
        payload["pull_request"]["body"] = "x" * BYTES
        made.append(json.dumps(payload).encode())
    return made


def send(what: str, port: int, path: str, sent: Sequence[bytes]) -> Load:
    """Send them over sixteen connections, one after the other on each. Any answer but a 2xx is an error."""
    signed = [(one, headers(one, "pull_request", f"{what[:6]}-{n}")) for n, one in enumerate(sent)]
    waits: list[float] = []
    bad: list[str] = []
    start = threading.Barrier(CONNECTIONS + 1)

    def client(mine: Sequence[tuple[bytes, dict[str, str]]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        start.wait()
        for body, head in mine:
            began = time.perf_counter()
            connection.request("POST", path, body, head)
            answer = connection.getresponse()
            text = answer.read()
            waits.append(time.perf_counter() - began)
            if answer.status // 100 != 2:
                bad.append(f"{answer.status} {text[:200]!r}")
        connection.close()

    threads = [threading.Thread(target=client, args=(signed[n::CONNECTIONS],)) for n in range(CONNECTIONS)]
    for one in threads:
        one.start()
    start.wait()
    began = time.perf_counter()
    for one in threads:
        one.join()
    took = time.perf_counter() - began
    if bad or len(waits) != len(sent):
        raise RuntimeError(f"{what}: {len(bad)} were refused, such as {bad[:1]}")
    return Load(what, took, waits)


@contextmanager
def running(*commands: Sequence[str], env: dict[str, str], port: int, cwd: Path = ROOT) -> Iterator[None]:
    """The processes run, and somebody listens on the port, within the block."""
    processes = [subprocess.Popen(one, cwd=cwd, env=env, stderr=subprocess.DEVNULL) for one in commands]
    try:
        wait_until(lambda: listens(port))
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)


def listens(port: int) -> bool:
    """Whether somebody does."""
    try:
        http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
    except OSError:
        return False
    return True


def suture(kind: str, url: str, count: int) -> list[Load]:
    """Suture over one database: what is ignored, then what is stored."""
    with tempfile.TemporaryDirectory() as folder:
        data, port = Path(folder, "data"), free_port()
        env = {
            "PATH": os.environ["PATH"],
            "SUTURE_DATA": str(data),
            "SUTURE_DATABASE_URL": url,
            "SUTURE_PORT": str(port),
            "SUTURE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "WORK_LOG": str(Path(folder, "log")),
        }
        web = (sys.executable, "-m", "bot", "serve", "--web-only")
        worker = (sys.executable, "-m", "tests.fakes.slow_worker")
        path = "/webhooks/github"
        with running(web, worker, env=env, port=port):
            send("warm-up", port, path, bodies(100, "opened"))
            ignored = send(f"Suture, {kind}: signature only", port, path, bodies(count, "labeled"))
            fresh = bodies(count + 100, "opened")[100:]
            stored = send(f"Suture, {kind}: stored durably, while reviews run", port, path, fresh)
        with database(Settings(data=data, database_url=url)) as engine:
            kept = len(ledger.ends(engine))
        if kept != count + 100:
            raise RuntimeError(f"{count + 100} were acknowledged and {kept} are stored")
        return [ignored, stored]


def probot(count: int) -> list[Load]:
    """Probot, from npm; says why where it cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        print("Probot was not measured: node and npm are not installed.")
        return []
    with tempfile.TemporaryDirectory() as folder:
        install = [npm, "install", "--no-audit", "--no-fund", "--silent", PROBOT]
        if subprocess.run(install, cwd=folder, capture_output=True, check=False).returncode != 0:
            print(f"Probot was not measured: npm could not install {PROBOT}.")
            return []
        Path(folder, "server.mjs").write_text(PROBOT_SERVER)
        port = free_port()
        env = {"PATH": os.environ["PATH"], "PORT": str(port), "SECRET": WEBHOOK_SECRET, "KEY": new_key()}
        env["NODE_ENV"] = "production"
        with running(("node", "server.mjs"), env=env, port=port, cwd=Path(folder)):
            path = "/api/github/webhooks"
            send("warm-up", port, path, bodies(100, "opened"))
            return [send("Probot: signature only, stores nothing", port, path, bodies(count, "opened"))]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000, help="deliveries of each row")
    count = parser.parse_args().count
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    loads = [*probot(count), *suture("SQLite", "", count)]
    with postgres_server(durable=True) as url:
        loads += suture("Postgres", f"{url}deliveries", count)
    print(f"load of the machine after: {os.getloadavg()[0]:.1f}\n")
    print("| | deliveries/s | p50 ms | p99 ms |\n|---|---|---|---|")
    print("\n".join(one.row for one in loads))


if __name__ == "__main__":
    main()
