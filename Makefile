# The two commands of the README, and what keeps the code in order.

.PHONY: throughput test benchmark fuzz lint format

throughput: ensure-openssh
	swift test --filter Throughput

test: ensure-openssh
	swift test

.PHONY: ensure-openssh
ensure-openssh:
	@scripts/ensure-openssh

# Each beside a peer that runs by turns with it.
benchmark: ensure-openssh
	swift run benchmarks recording
	swift run benchmarks tls
	swift run benchmarks commands
	swift run benchmarks calls
	swift run benchmarks report
	swift run benchmarks latency

# Made-up inputs for whatever reads what others wrote: a minute each, or FUZZ_SECONDS.
fuzz:
	scripts/fuzz

lint:
	swift format lint --strict --recursive Package.swift Sources Tests Benchmarks

format:
	swift format --in-place --recursive Package.swift Sources Tests Benchmarks
