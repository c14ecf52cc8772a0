"""What the scripts of bench/ have in common: the program to measure, its reports, tables, and the date."""
import concurrent.futures
import datetime
import json
import os
import pathlib
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent


def build():
    """The program to measure."""
    given = os.environ.get("HOLIGEN")
    if given:
        return pathlib.Path(given).resolve()
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    metadata = subprocess.run(["cargo", "metadata", "--format-version", "1", "--no-deps"], cwd=ROOT, check=True,
                              capture_output=True, text=True).stdout
    return pathlib.Path(json.loads(metadata)["target_directory"]) / "release" / "holigen"


# Instead of a clock: the one that a core has without --freq, which a loop may limit.
OWN_CLOCK = None


class Bench:
    def __init__(self, holigen, jobs, seeds):
        self.holigen, self.seeds = holigen, seeds
        self.pool = concurrent.futures.ThreadPoolExecutor(jobs)
        self.found = {}

    def synth(self, args, flow, mhz):
        """A promise of the report of one core; the same core is built once."""
        key = (args, flow, mhz)
        if key not in self.found:
            self.found[key] = self.pool.submit(self.run, args, flow, mhz)
        return self.found[key]

    def run(self, args, flow, mhz):
        clock = [] if mhz is OWN_CLOCK else ["--freq", str(mhz)]
        command = [self.holigen, "synth", *shlex.split(args), "--flow", flow, *clock, "--seeds", str(self.seeds), "--json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        print(f"{flow:5} {'' if mhz is OWN_CLOCK else mhz:3} {args}: exit {done.returncode}", file=sys.stderr, flush=True)
        if done.returncode == 2:
            # No core for this clock: that is a result.
            return {"refused": done.stderr.strip().splitlines()[0]}
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return json.loads(done.stdout)


def clock(report):
    """Routed clock, the median of the seeds, with half of their spread."""
    if report is None or "refused" in report:
        return "-"
    fmax = report.get("fmax_mhz")
    if fmax is None:
        return ""
    return f"{fmax:.0f} +-{report['spread_percent'] / 2:.0f} %"


def table(head, rows):
    widths = [max(len(str(r[i])) for r in [head, *rows]) for i in range(len(head))]
    line = lambda cells: "| " + " | ".join(str(c).ljust(w) for c, w in zip(cells, widths)) + " |"
    return "\n".join([line(head), line(["-" * w for w in widths]), *(line(r) for r in rows)])


def stamp():
    """Date and what was measured. A commit is named only if the program was built here from just that commit."""
    git = lambda *words: subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    if os.environ.get("HOLIGEN"):
        source = "a program given by HOLIGEN, of unknown source"
    elif git("status", "--porcelain", "--", ".", ":!bench/*.md", ":!bench/*.svg", ":!tests/campaign/*.md"):
        source = f"commit {git('rev-parse', '--short', 'HEAD')} with uncommitted changes"
    else:
        source = f"commit {git('rev-parse', '--short', 'HEAD') or 'unknown'}"
    return f"{datetime.date.today():%d %B %Y}, {source}"
