# The two commands of the README, and what keeps the code in order.

.PHONY: throughput test benchmark fuzz lint format

throughput: ensure-openssh
	swift test --filter Throughput

test: ensure-openssh
	swift test

.PHONY: ensure-openssh
ensure-openssh:
	@scripts/ensure-openssh

# Both programs without symbols or a Swift library to install, and the completions of three shells.
PREFIX ?= /usr/local
RELEASE = swift build -c release --static-swift-stdlib

.PHONY: install uninstall
install:
	$(RELEASE) --product loadtest
	$(RELEASE) --product mcp-ssh-server
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/bash-completion/completions" \
	  "$(DESTDIR)$(PREFIX)/share/zsh/site-functions" "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d"
	directory=$$($(RELEASE) --show-bin-path) && \
	  install -s "$$directory/loadtest" "$$directory/mcp-ssh-server" "$(DESTDIR)$(PREFIX)/bin"
	cd "$(DESTDIR)$(PREFIX)" && \
	  bin/loadtest completions bash >share/bash-completion/completions/loadtest && \
	  bin/loadtest completions zsh >share/zsh/site-functions/_loadtest && \
	  bin/loadtest completions fish >share/fish/vendor_completions.d/loadtest.fish

uninstall:
	cd "$(DESTDIR)$(PREFIX)" && rm -f bin/loadtest bin/mcp-ssh-server \
	  share/bash-completion/completions/loadtest share/zsh/site-functions/_loadtest \
	  share/fish/vendor_completions.d/loadtest.fish

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
	swift format lint --strict --recursive Package.swift Sources Tests Benchmarks Examples

format:
	swift format --in-place --recursive Package.swift Sources Tests Benchmarks Examples
