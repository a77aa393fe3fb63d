# hotroom: the four things one does with it. `make test` installs what the tests need when it is missing.
.PHONY: run test lint bench setup

run:
	cargo run --release

# Formatting, lints, docs and every test, the way the build server runs them.
test: setup lint
	cargo test --no-fail-fast --features failpoints

lint:
	cargo fmt --all --check
	cargo clippy --all-targets --features failpoints -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

# Prints every figure of docs/performance.md from one run.
bench:
	cargo bench --bench load
	cargo bench --bench store
	cargo bench --bench alerts

# A browser for the browser test, a real Alertmanager for the sender test (Debian packages), and two clients of Discord,
# by npm and pip, for the contract test (kept in target/judges).
setup:
	@scripts/setup-tests
