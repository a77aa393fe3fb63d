# The commands of this repository. `make test` installs what the tests need when it is missing.
.PHONY: run test test-senders lint bench setup

run:
	cargo run --release

# Formatting, lints, docs, dependencies and every test, as the build server runs them.
test: setup lint
	cargo test --no-fail-fast --features failpoints

# Real senders and clients against the real binary. `make test` runs them too, and skips those that could not be unpacked
# or installed; here each must be there.
test-senders:
	@scripts/setup-tests senders
	HOTROOM_SENDERS=required cargo test --no-fail-fast --features failpoints --test senders

lint:
	cargo fmt --all --check
	cargo clippy --all-targets --features failpoints -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items
	@scripts/check-dependencies

# Prints every figure of docs/performance.md from one run.
bench:
	cargo bench --bench load
	cargo bench --bench store
	cargo bench --bench alerts

# A browser for the browser test, a real Alertmanager, two clients of Discord for the contract test (kept in target/judges),
# and the senders and clients of tests/senders (kept in target/senders).
setup:
	@scripts/setup-tests senders
