import json

with open(constants_file) as file:
    constants = json.load(file)
target_address = constants["hosts"]["target"]["address"]
mcp_address = constants["hosts"]["mcp"]["address"]

# What a user waits for between a connect and the greeting, in milliseconds.
greeting = """
begin=$(date +%s%3N)
exec 3<>/dev/tcp/{address}/{port}
read -r line <&3
[[ $line == SSH-* ]]
echo $(($(date +%s%3N) - begin))
"""

start_all()

target.wait_for_unit("sshd.service")
for port in constants["server"]["port"], constants["server"]["limited_port"]:
    mcp.wait_for_open_port(port)
    agent.wait_until_succeeds(
        f"curl --silent --fail --max-time 5 http://{mcp_address}:{port}/health", timeout=120
    )

with subtest("Links are as slow as they should be"):
    for link in constants["links"]:
        script = greeting.format(address=target_address, port=link["port"])
        took = int(agent.succeed(script))
        print(f"{link['name']}: a greeting took {took} ms")
        assert took >= link["delay_ms"] - link["jitter_ms"], link

with subtest("A quick throughput run passes its thresholds"):
    # A runner that is busy with something else makes a run INVALID, which is status 3.
    for attempt in range(3):
        status, output = agent.execute(
            "loadtest run command_throughput --profile quick 2>&1", timeout=600
        )
        print(output)
        if status != 3:
            break
    # First the results: they are wanted most when something failed.
    agent.copy_from_vm(results)
    assert status == 0, f"loadtest ended with status {status}"
    last = agent.succeed(f"ls -d {results}/loadtest_* | tail -n 1").strip()
    summary = json.loads(agent.succeed(f"cat {last}/summary.json"))
    assert summary["verdict"] == "PASS", summary["verdict"]
    for scenario in summary["scenarios"]:
        assert scenario["verdicts"], f"{scenario['scenario']} has no verdict"
        for verdict in scenario["verdicts"]:
            print(f"{verdict['outcome']} {verdict['metric']}: {verdict['message']}")
            assert verdict["outcome"] == "PASS", verdict["message"]
