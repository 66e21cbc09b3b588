"""Checks the files of deploy/kubernetes against the schemas of the Kubernetes API, and what parts of a load need of them.

Usage: check_kubernetes.py LOADTEST-EXECUTABLE

Exits with 1 at the first difference.
"""

import pathlib
import re
import subprocess
import sys

import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).parents[2]
DIRECTORY = ROOT / "deploy/kubernetes"
PAGE = (ROOT / "docs/several-generators.md").read_text()


def read(name):
    """The object of a file, filled in by the documentation's own function, and valid."""
    fill = re.search(r"^fill\(\) .*$", PAGE, re.M).group()
    text = subprocess.run(["sh", "-c", f'{fill}; fill "$0"', DIRECTORY / name], capture_output=True, text=True, check=True)
    value = yaml.safe_load(text.stdout)
    kubernetes_validate.validate(value, kubernetes_validate.latest_version(), strict=True)
    print(f"{name}: valid by Kubernetes {kubernetes_validate.latest_version()}: ok")
    return value


def check_flags(loadtest, container):
    command, *words = container["args"]
    help = subprocess.run([loadtest, command, "--help-all"], capture_output=True, text=True, check=True).stdout
    for flag in (word for word in words if word.startswith("--")):
        assert re.search(rf"(^|[^-a-z]){flag}([^-a-z]|$)", help), f"loadtest {command} has no flag {flag}"


def check(loadtest, job, claim):
    """What holds for the parts and for their merge."""
    spec = job["spec"]["template"]["spec"]
    container, = spec["containers"]
    check_flags(loadtest, container)
    assert job["spec"]["backoffLimit"] == 0 and spec["restartPolicy"] == "Never"
    assert container["resources"]["requests"] == container["resources"]["limits"]
    assert int(container["resources"]["limits"]["cpu"]) >= 1
    assert spec["enableServiceLinks"] is False and spec["securityContext"]["runAsNonRoot"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    assert volumes["results"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert "env" not in container and not any("secret" in word for word in container["args"])
    return spec, container["args"]


def main():
    loadtest = sys.argv[1]
    claim = read("results.yaml")
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    load, merge = read("load.yaml"), read("merge.yaml")
    spec, args = check(loadtest, load, claim)
    job = load["spec"]
    assert job["completionMode"] == "Indexed"
    assert job["completions"] == job["parallelism"] == int(args[args.index("--of") + 1]) == 4
    spread, = spec["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == {"job-name": load["metadata"]["name"]}
    results, run_id = (args[args.index(flag) + 1] for flag in ("--results-dir", "--run-id"))
    _, args = check(loadtest, merge, claim)
    assert f"{results}/{run_id}" in args
    print("kubernetes: one load, each part once, results and secrets by reference: ok")


main()
