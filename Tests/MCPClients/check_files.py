"""Checks the files of runs as other programs read them, with packages of PyPI.

Usage: check_files.py LOADTEST-EXECUTABLE

Makes a run, a comparison, a search for the capacity and the gate's report on made-up nights; holds each file against its
schema in docs/schema (jsonschema), reads metrics.prom (prometheus-client) and follows the links of gate.md as a renderer
of Markdown sees them (markdown-it-py). Exits with 1 at the first difference.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
import markdown_it
import prometheus_client.parser

SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text())
    for path in (pathlib.Path(__file__).parents[2] / "docs/schema").glob("*.schema.json")
}
FILES = {
    "*/run.json": "run",
    "*/summary.json": "run-summary",
    "*/*/scenario.json": "scenario",
    "*/*/events.jsonl": "event",
    "*/*/w*.jsonl": "sample",
    "*/*/generator.jsonl": "generator",
    "*/*/server_metrics.jsonl": "server-metrics",
    "*/*/summary.json": "summary",
    "*/comparison.json": "comparison",
    "*/capacity.json": "capacity",
    "gate/gate.json": "gate",
}
COMMITS = ["%040x" % (number * 0x123456789ABCDEF) for number in range(1, 41)]
REPOSITORY = "https://github.com/owner/name"


def loadtest(program, *arguments, accepted=(0,)):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("LOADTEST_", "GITHUB_"))
    }
    environment["GITHUB_SERVER_URL"], environment["GITHUB_REPOSITORY"] = REPOSITORY.rsplit("/", 2)[0], "owner/name"
    result = subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=600, env=environment
    )
    assert result.returncode in accepted, (arguments, result.returncode, result.stdout + result.stderr)


def write_history(directory):
    """Forty nights of one figure, which is worse by a third in the last ten."""
    pathlib.Path(directory).mkdir()
    with open(directory + "/command_throughput.jsonl", "w") as file:
        for day, commit in enumerate(COMMITS):
            median = (10.0 if day < 30 else 13.3) * (1 + 0.003 * (day % 5))
            night = {
                "format": 2,
                "night": str(datetime.date(2026, 1, 1) + datetime.timedelta(days=day)),
                "scenario": "command_throughput",
                "key": {"cpu_model": "made up", "cores": 4, "memory_gib": 16},
                "load": {
                    "profile": "standard", "workers": 10, "loops": 1, "warm_up_s": 5, "duration_s": 120,
                    "arrivals": "closed", "timeout_s": 30, "sessions": 10, "commands": {"hostname": "hostname"},
                    "server": "embedded", "tool_profile": "standard",
                },
                "versions": {}, "commit": commit, "runs": 3, "requests": 30000, "failed_requests": 0,
                "metrics": {"p50_ms": {"median": median, "values": [median] * 3}},
            }
            file.write(json.dumps(night) + "\n")


def check_schemas(directory):
    for pattern, name in FILES.items():
        paths = sorted(directory.glob(pattern))
        assert paths, f"no {pattern}"
        jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
        validator = jsonschema.Draft202012Validator(SCHEMAS[name])
        count = 0
        for path in paths:
            text = path.read_text()
            for document in text.splitlines() if path.suffix == ".jsonl" else [text]:
                value = json.loads(document)
                error = jsonschema.exceptions.best_match(validator.iter_errors(value))
                assert error is None, f"{path}: {error}"
                assert not validator.is_valid({**value, "no_such_key": 1}), path
                count += 1
        print(f"jsonschema: {pattern}: {count} valid")


def check_metrics(path):
    families = list(prometheus_client.parser.text_string_to_metric_families(path.read_text()))
    summary = json.loads((path.parent / "summary.json").read_text())["scenarios"][0]
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }
    scenario = ("scenario", summary["scenario"])
    assert all(family.type == "gauge" and family.documentation for family in families), families
    assert samples["loadtest_requests", ("outcome", "success"), scenario] == summary["requests"]["successful"]
    rate = samples["loadtest_throughput_per_second", scenario]
    assert abs(rate - summary["throughput"]["avg_per_s"]) < 1e-9 * rate, rate
    print(f"prometheus-client: metrics.prom: {len(samples)} samples")


def check_links(path):
    tokens = markdown_it.MarkdownIt("gfm-like", {"linkify": False}).parse(path.read_text())
    links = [
        token.attrs["href"]
        for block in tokens
        for token in block.children or []
        if token.type == "link_open"
    ]
    assert links == [f"{REPOSITORY}/compare/{COMMITS[29]}...{COMMITS[30]}"], links
    print(f"markdown-it-py: gate.md: {links[0]}")


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        write_history(name + "/history")
        loadtest(
            program, "gate", "--only-judge", "--history", name + "/history", "--output", name + "/gate",
            accepted=(1,),
        )
        check_links(directory / "gate/gate.md")
        short = ["--duration", "1", "--warm-up", "0.2", "--workers", "2", "--results-dir", name]
        # What they come to is not the point.
        any_end = (0, 1, 3, 4, 5)
        loadtest(program, "run", "command_throughput", *short, accepted=any_end)
        server = str(pathlib.Path(program).resolve().with_name("mcp-ssh-server"))
        loadtest(
            program, "compare", "--base", server, "--head", server, "--pairs", "3", *short, accepted=any_end
        )
        loadtest(
            program, "capacity", "--slo", "success>0.5", "--from", "20", "--to", "20", *short, accepted=any_end
        )
        check_schemas(directory)
        for path in directory.glob("*/metrics.prom"):
            check_metrics(path)


main()
