"""Races this crate against its peers, fairly.

A *case* is one job on one set of data. Each side runs in a process of its own, in turn (A B A B ...), so that both see the
same machine; each process warms up once and reports its best time of `repeat`. The ratio of a case is the median over the
rounds of peer time / our time; peak memory is the most that the process of each side ever held. A case fails when the two
answers differ by more than `agree` (relative). A peer that says `at_least`, or is stopped at its limit, had not finished: its
time, and the ratio, are lower bounds. A bar that is not reached is shown as not reached. Rows are kept by case, so a race can be run in parts.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = ROOT / "target" / "peers"
# Seconds that starting a peer may take.
START = 10


def python():
    """The interpreter of the virtual environment with the pinned peers; made on first use."""
    wanted = (HERE / "requirements.txt").read_text()
    stamp = VENV / "installed.txt"
    interpreter = VENV / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(VENV, with_pip=True)
        subprocess.run([interpreter, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
        stamp.write_text(wanted)
    return interpreter


def ours():
    """The path of this crate's side, built with the optimisations of a release."""
    lines = subprocess.run(
        ["cargo", "bench", "--bench", "peer", "--no-run", "--message-format=json"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout.splitlines()
    built = [json.loads(line) for line in lines if '"executable":"' in line]
    return next(b["executable"] for b in built if b["target"]["name"] == "peer")


def run(command, threads, limit):
    """One process: what it printed last as JSON, with `peak_mb` and the `processor` seconds of the process, or {"failed": why}."""
    env = os.environ | {k: str(threads) for k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")}
    if threads == 1:
        command = ["taskset", "-c", "0", *command]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err, env=env)
        timer = threading.Timer(limit, child.kill)
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        late = not timer.is_alive()
        timer.cancel()
        if status != 0:
            err.seek(0)
            if late:
                return {"failed": f"over {limit} s", "late": True}
            return {"failed": (err.read().strip().splitlines() or ["killed"])[-1]}
        out.seek(0)
        spent = {"peak_mb": usage.ru_maxrss / 1024, "processor": usage.ru_utime + usage.ru_stime}
        return json.loads(out.read().strip().splitlines()[-1]) | spent


class Case:
    """`peer` and `mine` are the words after the program; `bar` the ratio to reach, None where there is none to reach."""

    def __init__(self, name, mine, peer, bar=None, threads=(1, 1), agree=1e-9, rounds=3, limit=600):
        self.name, self.mine, self.peer, self.bar = name, mine, peer, bar
        self.threads, self.agree, self.rounds, self.limit = threads, agree, rounds, limit

    def race(self, program, worker):
        """Runs the rounds; a row of the table."""
        mine, peer = [], []
        for _ in range(self.rounds):
            mine.append(run([program, *self.mine], self.threads[0], self.limit))
            if self.peer is not None:
                answer = run([python(), worker, *self.peer], self.threads[1], self.limit)
                peer.append({"seconds": self.limit - START, "at_least": True} if answer.get("late") else answer)
        for side in (mine, peer):
            failed = [answer["failed"] for answer in side if "failed" in answer]
            if failed:
                side[:] = [{"failed": failed[0]}]
        row = {"case": self.name, "bar": self.bar, "threads": self.threads, "rounds": self.rounds, "ours": mine[0]}
        if "failed" not in mine[0]:
            row["ours"] = mine[0] | {"seconds": statistics.median(a["seconds"] for a in mine)}
        if peer:
            row["peer"] = peer[0]
            if "failed" not in peer[0]:
                row["peer"] = peer[0] | {"seconds": statistics.median(a["seconds"] for a in peer)}
                if "failed" not in mine[0]:
                    row["ratio"] = statistics.median(p["seconds"] / m["seconds"] for m, p in zip(mine, peer))
                    if "processor" in peer[0]:
                        row["peer"]["processor_ratio"] = statistics.median(
                            p["processor"] / m["processor"] for m, p in zip(mine, peer)
                        )
                    a, b = mine[0].get("value"), peer[0].get("value")
                    if a is not None and b is not None:
                        row["difference"] = abs(a - b) / max(abs(a), abs(b), 1e-300)
                        row["agrees"] = row["difference"] <= self.agree
        return row


COLUMNS = ["case", "threads", "ours, s", "peer, s", "ratio", "bar", "difference", "gap", "ours, MB", "peer, MB"]


def table(rows, more=()):
    """The rows as a Markdown table; `more` are (heading, side, key, format) of what else the sides answered."""
    def number(value, form):
        return "" if value is None else format(value, form)

    headings = COLUMNS + [heading for heading, *_ in more]
    lines = ["| " + " | ".join(headings) + " |", "|---" * len(headings) + "|"]
    for row in rows:
        mine, peer = row["ours"], row.get("peer", {})
        ratio, bar = row.get("ratio"), row["bar"]
        verdict = ""
        if bar is not None:
            reached = ratio is not None and ratio >= bar and row.get("agrees", True)
            verdict = f"{bar:g}x " + ("reached" if reached else "not reached")
        cells = {
            "case": row["case"],
            "threads": "{}/{}".format(*row["threads"]),
            "ours, s": mine.get("failed") or number(mine.get("seconds"), ".3g"),
            "peer, s": peer.get("failed") or ("over " if peer.get("at_least") else "") + number(peer.get("seconds"), ".3g"),
            "ratio": "" if ratio is None else ("over " if peer.get("at_least") else "") + f"{ratio:.3g}x",
            "bar": verdict,
            "difference": number(row.get("difference"), ".0e") + ("" if row.get("agrees", True) else " **differs**"),
            "gap": number(mine.get("gap"), ".0e"),
            "ours, MB": number(mine.get("peak_mb"), ".0f"),
            "peer, MB": number(peer.get("peak_mb"), ".0f"),
        }
        cells |= {heading: number(row.get(side, {}).get(key), form) for heading, side, key, form in more}
        lines.append("| " + " | ".join(cells[heading] for heading in headings) + " |")
    return "\n".join(lines) + "\n"


LEGEND = """\
Times are the medians of runs in turns on one machine; compare ratios, not seconds.

- threads: ours/the peer's. "over": the peer was stopped at its time limit, so its time is a lower bound.
- bar: the ratio that this project set itself, and whether it was reached; empty where none was set.
- difference: of the two answers, relative. gap: of our certificate; for entropic transport, the bracket of the unregularised cost.
- plain sum: the time to add up the same numbers. all products: the time of the matrix products that all distances take.

"""


def keep(name, cases, rows, more):
    """Puts the rows among those of earlier runs, in the order of the cases, into `name.json` and `name.md`."""
    path = HERE / f"{name}.json"
    kept = {row_key(row): row for row in (json.loads(path.read_text()) if path.exists() else [])}
    kept |= {row_key(row): row for row in rows}
    rows = [kept[key] for case in cases if (key := (case.name, tuple(case.threads))) in kept]
    replace(path, json.dumps(rows, indent=1) + "\n")
    replace(HERE / f"{name}.md", f"# {name.capitalize()}: races\n\n" + LEGEND + table(rows, more))


def row_key(row):
    return row["case"], tuple(row["threads"])


def replace(path, text):
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.rename(path)


def main(name, cases, worker, more=()):
    """Runs the cases whose name contains one of the words of the command line (all without words); `more` as in `table`."""
    words = sys.argv[1:]
    chosen = [c for c in cases if not words or any(word in c.name for word in words)]
    program = ours()
    python()
    rows = []
    for case in chosen:
        start = time.time()
        rows.append(case.race(program, worker))
        print(table(rows[-1:], more).splitlines()[-1], f"  ({time.time() - start:.0f} s)", file=sys.stderr, flush=True)
        keep(name, cases, rows, more)
    print(table(rows, more))
    if any(not row.get("agrees", True) or "failed" in row["ours"] for row in rows):
        sys.exit("an answer differs from the peer's, or a case failed")


def repeatedly(job, repeat, warm=True):
    """Best time of `repeat` and the last answer; for the peers' side."""
    if warm:
        job()
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        answer = job()
        best = min(best, time.perf_counter() - start)
    return best, answer
