"""Runs one load by one generator, by Slurm and by GNU parallel, merges, compares, and sees what must fail fail.

Usage: check_engines.py LOADTEST-EXECUTABLE DIRECTORY

Slurm's daemons run, and so does `loadtest network`, which writes where it listens to DIRECTORY/network; Tests/Engines/run
starts them. Exits with 1 at the first difference.
"""

import concurrent.futures
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time

PARTS, RATE, SECONDS = 4, 80, 5
SCENARIO = "command_throughput"
ROOT = pathlib.Path(__file__).parents[2]
LOADTEST = str(pathlib.Path(sys.argv[1]).resolve())
DIRECTORY = pathlib.Path(sys.argv[2])


def until(condition, what, seconds=60):
    """What a condition comes to, as soon as it is something."""
    for _ in range(seconds * 10):
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    sys.exit(f"{what} within {seconds} s")


def network():
    """Where server and target of the embedded network are, and how to log in to that."""
    text = until(
        lambda: (t := (DIRECTORY / "network").read_text()) and "directory" in t and t, "no network"
    )
    words = {line.split()[0]: line.split()[-1] for line in text.splitlines()}
    user, host, port = re.fullmatch(r"(.*)@(.*):(\d+)", words["target"]).groups()
    flags = [
        "--mcp-url", words["server"], "--target-host", host, "--target-port", port, "--target-user", user,
    ]
    keys = words["directory"]
    ssh = f"ssh -F none -o UserKnownHostsFile={keys}/known_hosts -i {keys}/client_key -p {port} {user}@{host}"
    return flags, ssh


def call(*command, **variables):
    """What a command printed, and its exit status."""
    environment = os.environ | {"PATH": f"{pathlib.Path(LOADTEST).parent}:{os.environ['PATH']}"} | variables
    result = subprocess.run(
        command, cwd=DIRECTORY, env=environment, timeout=120, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    return result.stdout, result.returncode


def summary(results):
    """What the only whole recording below a directory came to."""
    file, = results.glob(f"loadtest_*/{SCENARIO}/summary.json")
    return json.loads(file.read_text())


def lines(parts):
    """How many lines of samples there are, a part each."""
    return [
        sum(len(file.read_text().splitlines()) for file in part.glob(f"{SCENARIO}/w*.jsonl")) for part in parts
    ]


def compare(name, text, status, results, parts, single):
    """Sees that a merged load is whole, and what one generator made of it."""
    assert status in (0, 3), text  # A busy machine makes it INVALID, and fails no threshold.
    assert len(parts) == PARTS, (parts, text)
    merged = summary(results)
    counted = sum(sum(outcomes.values()) for outcomes in merged["totals"].values())
    assert sum(lines(parts)) == counted and min(lines(parts)) > RATE * SECONDS / PARTS / 2, text
    assert merged["requests"]["failed"] == 0, text
    # The difference of two equal rates is beyond the sum of both half-widths once in 180 times, beyond half as much
    # again once in 30,000.
    intervals = [s["throughput"]["interval_95"] for s in (merged, single)]
    (ours, own), (other, its) = (
        ((i["upper"] + i["lower"]) / 2, (i["upper"] - i["lower"]) / 2) for i in intervals
    )
    assert abs(ours - other) <= 1.5 * (own + its), intervals
    progress = [json.loads(line) for line in re.findall(r"^\d+(?:: |\t)(\{.*\})$", text, re.M)]
    assert {line["index"] for line in progress} == set(range(PARTS)), text
    print(
        f"{name}: {PARTS} parts, {merged['throughput']['avg_per_s']:.1f} requests/s (one generator "
        f"{single['throughput']['avg_per_s']:.1f}), {counted} lines, {merged['result']}: ok"
    )


def slurm(flags, results, **variables):
    """What a batch job of four tasks printed, its exit status, and its parts."""
    log = DIRECTORY / f"{results.name}.log"
    _, status = call(
        "sbatch", "--wait", f"--ntasks={PARTS}", "--cpus-per-task=1", f"--output={log}",
        ROOT / "deploy/slurm/loadtest.sbatch", SCENARIO, *flags, LOADTEST_RESULTS_DIR=str(results), **variables,
    )
    return log.read_text(), status, sorted(results.glob("slurm-*/part*"))


def tasks(results, index):
    """The processes of a task."""
    marks = {f"LOADTEST_RESULTS_DIR={results}".encode(), f"SLURM_PROCID={index}".encode()}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            ours = os.readlink(process / "exe") == LOADTEST
            if ours and marks <= set((process / "environ").read_bytes().split(b"\0")):
                yield int(process.name)
        except OSError:
            pass  # It has ended.


def refused(name, text, status, *words):
    """Sees that no load passed, and that it is said why."""
    assert status not in (0, 1), text
    for word in words:
        assert re.search(word, text), (word, text)
    print(f"{name}: refused, exit status {status}: ok")


def merge(results, *directories):
    return call(LOADTEST, "merge", *directories, "--results-dir", DIRECTORY / results)


def check_killed(load):
    """A task that is killed in the middle of the load."""
    results = DIRECTORY / "killed"

    def measures():
        files = results.glob(f"slurm-*/part2_*/{SCENARIO}/w*.jsonl")
        return any('"phase":"measure"' in file.read_text() for file in files)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        job = pool.submit(slurm, load, results)
        until(measures, "part 2 did not measure")
        for process in tasks(results, 2):
            os.kill(process, signal.SIGKILL)
        text, status, parts = job.result()
    refused("a killed task", text, status, r"part 2 \(.*\) broke off")
    text, status = merge("partial", "--partial", *parts)
    refused("what there is of it", text, status, "INVALID", r"part 2 \(.*\) broke off: its generator was killed")


def check_twice(load):
    """A task that is started twice."""
    results = DIRECTORY / "twice"
    flags = ["--run-id", "twice", "--of", "2", "--results-dir", results]
    starts = [
        subprocess.Popen(
            [LOADTEST, "run", SCENARIO, *load, *flags, "--index", index],
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for index in "011"
    ]
    texts = [start.communicate(timeout=120)[0] for start in starts]
    assert sum("started twice" in text for text in texts) == 1, "\n".join(texts)
    both = [str(directory) for directory in results.glob("twice/part1_*")]
    assert len(both) == 2, both
    text, status = merge("once", results / "twice")
    assert status in (0, 3) and "part 1 was started again" in text, text
    assert sum(f"{directory} sent nothing" in text for directory in both) >= 1, text
    print("a task started twice: one start sent nothing, and is left out: ok")


def check_doubled(parts):
    """A part that is there twice, with a load of its own each time."""
    again = DIRECTORY / "again"
    shutil.copytree(parts[1], again)
    both = [re.escape(str(directory)) for directory in (parts[1], again)]
    refused("a part that is there twice", *merge("doubled", *parts, again), "both hold part 1", *both)


def check_clock(parts):
    """A machine whose clock is three seconds off."""
    moved = DIRECTORY / "clock"
    for part in parts:
        shutil.copytree(part, moved / part.name)
    file, = moved.glob("part1_*/run.json")
    header = json.loads(file.read_text())
    header["clock"]["epoch_ms"] += 3000
    file.write_text(json.dumps(header))
    refused("a clock that is 3 s off", *merge("late", moved), "INVALID", r"FAIL  part 1: parts_start_ms (2,9|3,0)\d\d")


def main():
    flags, ssh = network()
    # The profile repeats no run that a busy machine made invalid.
    load = [*flags, "--profile", "quick", "--warm-up", "1", "--duration", str(SECONDS)]
    load += ["--workers", "8", "--rate", str(RATE), "--arrivals", "poisson"]

    text, status = call(LOADTEST, "run", SCENARIO, *load, "--results-dir", DIRECTORY / "one")
    assert status in (0, 3), text
    single = summary(DIRECTORY / "one")

    results = DIRECTORY / "slurm"
    text, status, parts = slurm(load, results)
    compare("Slurm", text, status, results, parts, single)

    # Half of them here, half over ssh, where recordings stay in the login directory.
    results = pathlib.Path(f"results-{DIRECTORY.name}")
    try:
        text, status = call(
            ROOT / "deploy/parallel/run", str(PARTS), f":,{ssh}", SCENARIO, *load, START_IN="15",
            LOADTEST=LOADTEST, LOADTEST_RESULTS_DIR=str(results), PARALLEL_HOME=str(DIRECTORY / "parallel"),
        )
    finally:
        shutil.rmtree(pathlib.Path(pwd.getpwuid(os.getuid()).pw_dir) / results, ignore_errors=True)
    others = sorted((DIRECTORY / results).glob("parallel-*/*/parallel-*/part*"))
    compare("GNU parallel", text, status, DIRECTORY / results, others, single)

    check_killed(load)
    check_twice(load)
    check_doubled(parts)
    check_clock(parts)


main()
